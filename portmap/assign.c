#include "portmap/assign.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

#define PROTOCOLS 3 /* TCP, UDP, and any other one */

/* One planning in progress. */
struct work {
    struct assignment *plan;
    const struct assign_rules *rules;
    struct problems *problems;
    uint16_t *last;
    const struct claims *claims;
    unsigned pool_size;
    struct portset taken[PROTOCOLS]; /* a new mapping cannot have it, or not at every address */
    struct portset freed[PROTOCOLS]; /* ports whose lease ends now */
};

static const struct mapping **sort_leases(const struct mapping *leases, size_t n);
static int cmp_lease_then_place(const void *a, const void *b);
static const struct claim **keep_leases(struct work *w, const struct claims *claims,
                                        const struct mapping **leases, size_t n, size_t *ret_n);
static bool keep(struct work *w, const struct claim *claim, const struct mapping *lease);
static bool is_kept(const struct claim *claim, const struct mapping *lease);
static void give_up(struct work *w, const struct claim *claim, const struct mapping *lease);
static void orphan(struct work *w, const struct mapping *lease);
static void assign_asked(struct work *w, const struct claim *claim);
static char *owner_of(const struct work *w, const struct mapping *wanted);
static char *holder_of(const struct work *w, uint8_t protocol, uint16_t port, int code);
static void assign(struct work *w, const struct claim *claim);
static int try_pool(struct work *w, const struct claim *claim, bool spare);
static int try_port(struct work *w, const struct claim *claim, uint16_t port);
static uint16_t highest_lease(const struct work *w, const struct mapping *leases, size_t n);
static void add(struct work *w, const struct mapping *target, uint16_t host_port);
static bool is_taken(const struct work *w, const struct mapping *target, uint16_t port);
static bool is_resting(const struct work *w, uint8_t protocol, uint16_t port);
static void take(struct work *w, uint8_t protocol, uint16_t port);
static bool has_bit(const struct portset sets[PROTOCOLS], uint8_t protocol, uint16_t port);
static void set_bit(struct portset sets[PROTOCOLS], uint8_t protocol, uint16_t port);
static unsigned index_of(uint8_t protocol);
static void no_port(struct work *w, const struct claim *claim, int code);
static void refuse(struct work *w, const struct claim *claim, char *why);

void assignment_done(struct assignment *plan)
{
    free(plan->v);
    refusals_done(&plan->refused);
    *plan = (struct assignment){0};
}

void assign_make(struct assignment *plan, const struct assign_rules *rules,
                 const struct claims *claims, const struct mapping *leases, size_t n,
                 uint16_t *last, struct problems *problems)
{
    struct work w = {.plan = plan,
                     .rules = rules,
                     .problems = problems,
                     .last = last,
                     .claims = claims,
                     .pool_size = portset_size(rules->pool)};
    const struct mapping **sorted = sort_leases(leases, n);
    size_t n_fresh;

    plan->cap = claims->n + n + 1; /* no claim and no lease comes twice */
    plan->v = xcalloc(plan->cap, sizeof *plan->v);
    if (!*last)
        *last = highest_lease(&w, leases, n);
    const struct claim **fresh = keep_leases(&w, claims, sorted, n, &n_fresh);
    for (size_t i = 0; i < n_fresh; i++)
        if (fresh[i]->host_port)
            assign_asked(&w, fresh[i]);
    for (size_t i = 0; i < n_fresh; i++)
        if (!fresh[i]->host_port)
            assign(&w, fresh[i]);
    mappings_sort(plan->v, plan->n);
    free(fresh);
    free(sorted);
}

/* Mostly they are sorted already: the committed ones are. */
static const struct mapping **sort_leases(const struct mapping *leases, size_t n)
{
    const struct mapping **sorted = xcalloc(n + 1, sizeof *sorted);
    bool in_order = true;

    for (size_t i = 0; i < n; i++) {
        sorted[i] = &leases[i];
        in_order &= !i || mapping_cmp_lease(&leases[i - 1], &leases[i]) <= 0;
    }
    if (!in_order)
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

        char *why;

        if (!claim_check(claim, &why)) {
            refuse(w, claim, why);
            continue;
        }
        while (l < n && mapping_cmp_lease(leases[l], &claim->target) < 0)
            orphan(w, leases[l++]);
        if (l == n || mapping_cmp_lease(leases[l], &claim->target) || !is_kept(claim, leases[l]) ||
            !keep(w, claim, leases[l++]))
            fresh[n_fresh++] = claim;
        for (; l < n && !mapping_cmp_lease(leases[l], &claim->target); l++)
            give_up(w, claim, leases[l]);
    }
    while (l < n)
        orphan(w, leases[l++]);
    *ret_n = n_fresh;
    return fresh;
}

/* A container that asks for a port keeps no other one, which it has from before it could ask. */
static bool is_kept(const struct claim *claim, const struct mapping *lease)
{
    return !claim->host_port || claim->host_port == lease->host_port;
}

/* The port was its container's until now: others get it when it has rested. */
static void give_up(struct work *w, const struct claim *claim, const struct mapping *lease)
{
    if (!is_kept(claim, lease) && w->rules->rest)
        set_bit(w->freed, lease->protocol, lease->host_port);
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

/* Rest or not: whoever names a port wants it to be there again at once. */
static void assign_asked(struct work *w, const struct claim *claim)
{
    uint8_t protocol = claim->target.protocol;
    uint16_t port = claim->host_port;

    if (!portset_has(w->rules->pool, port)) {
        CLEAN(free_str) char *pool = portset_format(w->rules->pool);

        refuse(w, claim,
               xasprintf("it asks for %u, which is outside of the pool %s; ask for one of the "
                         "pool, or widen it ([portmap] pool)",
                         port, pool));
        return;
    }
    bool taken = is_taken(w, &claim->target, port);
    int code = taken ? EADDRINUSE : try_port(w, claim, port);
    if (!code)
        return;
    struct mapping wanted = claim->target;
    wanted.host_port = port;
    CLEAN(free_str) char *who = taken ? owner_of(w, &wanted) : holder_of(w, protocol, port, code);
    refuse(w, claim, xasprintf("it asks for %u, which %s", port, who));
}

/* A container has it. */
static char *owner_of(const struct work *w, const struct mapping *wanted)
{
    for (size_t i = 0; i < w->plan->n; i++) {
        const struct mapping *m = &w->plan->v[i];
        const struct claim *claim = claims_find(w->claims, m);

        if (mapping_excludes(m, wanted))
            return claim ? xasprintf("container %s has; ask for another one", claim->container_name)
                         : xasprintf("container %.*s had, which has ended and is still registered",
                                     CONTAINER_ID_SHORT, m->container_id);
    }
    return xstrdup("is taken; ask for another one");
}

/* A program has it, or it cannot be held at all. */
static char *holder_of(const struct work *w, uint8_t protocol, uint16_t port, int code)
{
    const struct assign_rules *rules = w->rules;
    const char *name =
        code == EADDRINUSE && rules->holder ? rules->holder(rules->arg, protocol, port) : NULL;

    if (code != EADDRINUSE)
        return xasprintf("cannot be held: %s", strerror(code));
    return xasprintf("%s has open; stop that program, or ask for another one",
                     name ? name : "another program");
}

static void assign(struct work *w, const struct claim *claim)
{
    const struct assign_rules *rules = w->rules;
    uint16_t port = rules->remembered ? rules->remembered(rules->arg, claim) : 0;
    int code = EADDRINUSE;

    if (portset_has(rules->pool, port) && !is_taken(w, &claim->target, port))
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

    for (unsigned i = 0; i < w->pool_size; i++) {
        uint16_t port = *w->last = portset_next(rules->pool, *w->last);

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
    uint16_t highest = portset_last(w->rules->pool);
    bool found = false;

    for (size_t i = 0; i < n; i++) {
        uint16_t port = leases[i].host_port;

        if (!portset_has(w->rules->pool, port))
            continue;
        highest = !found || port > highest ? port : highest;
        found = true;
    }
    return highest;
}

static void add(struct work *w, const struct mapping *target, uint16_t host_port)
{
    struct assignment *plan = w->plan;

    plan->v[plan->n] = *target;
    plan->v[plan->n++].host_port = host_port;
    take(w, target->protocol, host_port);
}

/* Several mappings of one port are rare: each is at an address of its own. */
static bool is_taken(const struct work *w, const struct mapping *target, uint16_t port)
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

static bool is_resting(const struct work *w, uint8_t protocol, uint16_t port)
{
    return has_bit(w->freed, protocol, port) ||
           (w->rules->resting && w->rules->resting(w->rules->arg, protocol, port));
}

static void take(struct work *w, uint8_t protocol, uint16_t port)
{
    set_bit(w->taken, protocol, port);
}

static bool has_bit(const struct portset sets[PROTOCOLS], uint8_t protocol, uint16_t port)
{
    return portset_has(&sets[index_of(protocol)], port);
}

static void set_bit(struct portset sets[PROTOCOLS], uint8_t protocol, uint16_t port)
{
    portset_add(&sets[index_of(protocol)], port, port);
}

static unsigned index_of(uint8_t protocol)
{
    return protocol == IPPROTO_TCP ? 0 : protocol == IPPROTO_UDP ? 1 : 2;
}

static void no_port(struct work *w, const struct claim *claim, int code)
{
    CLEAN(free_str) char *pool = portset_format(w->rules->pool);

    refuse(w, claim,
           code == EADDRINUSE ? xasprintf("every port of the pool %s is in use or rests; widen it "
                                          "([portmap] pool)",
                                          pool)
                              : xasprintf("cannot hold one: %s", strerror(code)));
}

/* Takes 'why' over. */
static void refuse(struct work *w, const struct claim *claim, char *why)
{
    CLEAN(free_str) char *subject = xasprintf("container %s", claim->container_name);
    const struct mapping *t = &claim->target;

    problems_add(w->problems, subject, "port %u/%s gets no host port: %s", t->container_port,
                 protocol_name(t->protocol), why);
    refusals_add(&w->plan->refused, t, why);
}
