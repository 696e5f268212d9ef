#include "portmap/assign.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

/* One planning in progress. */
struct work {
    struct assignment *plan;
    const struct assign_rules *rules;
    struct problems *problems;
    uint16_t *last;
    /* A bit per port and protocol: a new mapping cannot have it, or not at every address. */
    uint8_t taken[3][65536 / 8];
    uint8_t freed[3][65536 / 8]; /* its lease ends now */
};

static const struct mapping **sort_leases(const struct mapping *leases, size_t n);
static int cmp_lease_then_place(const void *a, const void *b);
static const struct claim **keep_leases(struct work *w, const struct claims *claims,
                                        const struct mapping **leases, size_t n, size_t *ret_n);
static bool keep(struct work *w, const struct claim *claim, const struct mapping *lease);
static void orphan(struct work *w, const struct mapping *lease);
static void assign(struct work *w, const struct claim *claim);
static int try_pool(struct work *w, const struct claim *claim, bool spare);
static int try_port(struct work *w, const struct claim *claim, uint16_t port);
static uint16_t highest_lease(const struct work *w, const struct mapping *leases, size_t n);
static uint16_t next_port(const struct work *w);
static void add(struct work *w, const struct mapping *target, uint16_t host_port);
static bool is_taken(struct work *w, const struct mapping *target, uint16_t port);
static bool is_resting(struct work *w, uint8_t protocol, uint16_t port);
static void take(struct work *w, uint8_t protocol, uint16_t port);
static unsigned row(uint8_t protocol);
static bool has_bit(uint8_t bits[3][65536 / 8], uint8_t protocol, uint16_t port);
static void set_bit(uint8_t bits[3][65536 / 8], uint8_t protocol, uint16_t port);
static void no_port(struct work *w, const struct claim *claim, int code);

void assignment_done(struct assignment *plan)
{
    free(plan->v);
    *plan = (struct assignment){0};
}

void assign_make(struct assignment *plan, const struct assign_rules *rules,
                 const struct claims *claims, const struct mapping *leases, size_t n,
                 uint16_t *last, struct problems *problems)
{
    struct work w = {.plan = plan, .rules = rules, .problems = problems, .last = last};
    const struct mapping **sorted = sort_leases(leases, n);
    size_t n_fresh;

    if (!*last)
        *last = highest_lease(&w, leases, n);
    const struct claim **fresh = keep_leases(&w, claims, sorted, n, &n_fresh);
    for (size_t i = 0; i < n_fresh; i++)
        assign(&w, fresh[i]);
    if (plan->n)
        qsort(plan->v, plan->n, sizeof *plan->v, mapping_cmp_key);
    free(fresh);
    free(sorted);
}

static const struct mapping **sort_leases(const struct mapping *leases, size_t n)
{
    const struct mapping **sorted = xcalloc(n + 1, sizeof *sorted);

    for (size_t i = 0; i < n; i++)
        sorted[i] = &leases[i];
    qsort(sorted, n, sizeof *sorted, cmp_lease_then_place);
    return sorted;
}

static int cmp_lease_then_place(const void *a, const void *b)
{
    const struct mapping *x = *(const struct mapping *const *)a;
    const struct mapping *y = *(const struct mapping *const *)b;
    int order = mapping_cmp_lease(x, y);

    return order ? order : (x > y) - (x < y);
}

/* Walks claims and leases, both in lease order. Returns the claims without a lease. Of several
 * leases for one container port, which only a foreign hand can have made, the first stays. */
static const struct claim **keep_leases(struct work *w, const struct claims *claims,
                                        const struct mapping **leases, size_t n, size_t *ret_n)
{
    const struct claim **fresh = xcalloc(claims->n + 1, sizeof *fresh);
    size_t l = 0, n_fresh = 0;

    for (size_t c = 0; c < claims->n; c++) {
        const struct claim *claim = &claims->v[c];

        if (!claim_check(claim, w->problems))
            continue;
        while (l < n && mapping_cmp_lease(leases[l], &claim->target) < 0)
            orphan(w, leases[l++]);
        if (l == n || mapping_cmp_lease(leases[l], &claim->target) || !keep(w, claim, leases[l++]))
            fresh[n_fresh++] = claim;
        while (l < n && !mapping_cmp_lease(leases[l], &claim->target))
            l++;
    }
    while (l < n)
        orphan(w, leases[l++]);
    *ret_n = n_fresh;
    return fresh;
}

/* The lease holds though the port may not: its address has been given to others. Where the host
 * address is another one now, another mapping may have that: then the lease ends, and the result is
 * false. */
static bool keep(struct work *w, const struct claim *claim, const struct mapping *lease)
{
    struct mapping m = claim->target;

    m.host_port = lease->host_port;
    if (is_taken(w, &m, m.host_port))
        return false;
    int code = w->rules->hold(w->rules->arg, &m);
    if (code) {
        CLEAN(free_str) char *subject = xasprintf("container %s", claim->container_name);

        problems_add(w->problems, subject,
                     "its host port %u/%s cannot be held (%s): the container keeps it, and a "
                     "program on this host that opened it gets no traffic; stop that program",
                     lease->host_port, protocol_name(lease->protocol), strerror(code));
    }
    add(w, &m, m.host_port);
    return true;
}

/* A lease without a claim stays while its instance is still registered somewhere. Whether its port
 * can be held matters no longer: it goes soon. */
static void orphan(struct work *w, const struct mapping *lease)
{
    bool ours = lease->container_id[0];

    if (!ours || !w->rules->in_use(w->rules->arg, lease) || is_taken(w, lease, lease->host_port)) {
        if (ours && w->rules->rest)
            set_bit(w->freed, lease->protocol, lease->host_port);
        return;
    }
    w->rules->hold(w->rules->arg, lease);
    add(w, lease, lease->host_port);
}

static void assign(struct work *w, const struct claim *claim)
{
    const struct assign_rules *rules = w->rules;
    uint16_t port = rules->remembered ? rules->remembered(rules->arg, claim) : 0;
    int code = EADDRINUSE;

    if (port >= rules->pool_first && port <= rules->pool_last && !is_taken(w, &claim->target, port))
        code = try_port(w, claim, port);
    if (code == EADDRINUSE && rules->kept)
        code = try_pool(w, claim, true);
    if (code == EADDRINUSE)
        code = try_pool(w, claim, false);
    if (code)
        no_port(w, claim, code);
}

/* Goes once round the pool; with 'spare' past the ports that somebody may come back to. Returns 0,
 * EADDRINUSE where there is none, or why none can be held. */
static int try_pool(struct work *w, const struct claim *claim, bool spare)
{
    const struct assign_rules *rules = w->rules;
    uint8_t protocol = claim->target.protocol;
    unsigned size = rules->pool_last - rules->pool_first + 1u;

    for (unsigned i = 0; i < size; i++) {
        uint16_t port = *w->last = next_port(w);

        if (is_taken(w, &claim->target, port) || is_resting(w, protocol, port) ||
            (spare && rules->kept(rules->arg, protocol, port)))
            continue;
        int code = try_port(w, claim, port);
        if (code != EADDRINUSE)
            return code;
    }
    return EADDRINUSE;
}

static int try_port(struct work *w, const struct claim *claim, uint16_t port)
{
    struct mapping m = claim->target;

    m.host_port = port;
    int code = w->rules->hold(w->rules->arg, &m);
    if (!code)
        add(w, &claim->target, port);
    else if (code == EADDRINUSE)
        take(w, claim->target.protocol, port);
    return code;
}

/* Of the leases in the pool. */
static uint16_t highest_lease(const struct work *w, const struct mapping *leases, size_t n)
{
    uint16_t highest = w->rules->pool_last;
    bool found = false;

    for (size_t i = 0; i < n; i++) {
        uint16_t port = leases[i].host_port;

        if (port < w->rules->pool_first || port > w->rules->pool_last)
            continue;
        highest = !found || port > highest ? port : highest;
        found = true;
    }
    return highest;
}

static uint16_t next_port(const struct work *w)
{
    bool inside = *w->last >= w->rules->pool_first && *w->last < w->rules->pool_last;

    return inside ? (uint16_t)(*w->last + 1) : w->rules->pool_first;
}

static void add(struct work *w, const struct mapping *target, uint16_t host_port)
{
    struct assignment *plan = w->plan;

    plan->v = xgrow(plan->v, plan->n, &plan->cap, sizeof *plan->v);
    plan->v[plan->n] = *target;
    plan->v[plan->n++].host_port = host_port;
    take(w, target->protocol, host_port);
}

/* Several mappings of one port are rare: each is at an address of its own. */
static bool is_taken(struct work *w, const struct mapping *target, uint16_t port)
{
    struct mapping wanted = *target;
    bool taken = has_bit(w->taken, target->protocol, port);

    if (!taken || mapping_is_everywhere(target))
        return taken;
    wanted.host_port = port;
    for (size_t i = 0; i < w->plan->n; i++)
        if (mapping_excludes(&w->plan->v[i], &wanted))
            return true;
    return false;
}

static bool is_resting(struct work *w, uint8_t protocol, uint16_t port)
{
    return has_bit(w->freed, protocol, port) ||
           (w->rules->resting && w->rules->resting(w->rules->arg, protocol, port));
}

static void take(struct work *w, uint8_t protocol, uint16_t port)
{
    set_bit(w->taken, protocol, port);
}

static unsigned row(uint8_t protocol)
{
    return protocol == IPPROTO_UDP ? 1 : protocol == IPPROTO_SCTP ? 2 : 0;
}

static bool has_bit(uint8_t bits[3][65536 / 8], uint8_t protocol, uint16_t port)
{
    return bits[row(protocol)][port / 8] & 1 << port % 8;
}

static void set_bit(uint8_t bits[3][65536 / 8], uint8_t protocol, uint16_t port)
{
    bits[row(protocol)][port / 8] |= (uint8_t)(1 << port % 8);
}

static void no_port(struct work *w, const struct claim *claim, int code)
{
    CLEAN(free_str) char *subject = xasprintf("container %s", claim->container_name);
    const struct mapping *t = &claim->target;

    if (code == EADDRINUSE)
        problems_add(w->problems, subject,
                     "port %u/%s gets no host port: every port of the pool %u-%u is in use "
                     "or rests; widen it ([portmap] pool)",
                     t->container_port, protocol_name(t->protocol), w->rules->pool_first,
                     w->rules->pool_last);
    else
        problems_add(w->problems, subject, "port %u/%s gets no host port: cannot hold one: %s",
                     t->container_port, protocol_name(t->protocol), strerror(code));
}
