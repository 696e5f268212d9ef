/* Thousands of steps on a host of one's own: containers come and go, programs take and leave ports,
 * the agent starts anew. After each step the allocator plans, and the plan must hold what the
 * headers promise, whatever the way that led there.
 *
 * The steps are drawn from a generator with a seed that is printed; BERTH_SEED=N runs that one. */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "portmap/assign.h"
#include "portmap/memory.h"
#include "tests/tap.h"

#define RUNS 24
#define STEPS 600
#define NAMES 8
#define RUNNING_MAX 14
#define REST 10. /* steps that a freed port rests */

/* One container; its claims are port 80/tcp, and for some also 53/udp. */
struct container {
    unsigned serial; /* makes the id */
    unsigned name;
    uint16_t asked; /* 0: any */
    bool udp;
};

struct world {
    uint64_t random;
    unsigned serials;
    struct portset pool;
    struct container running[RUNNING_MAX];
    size_t n_running;
    struct mapping *leases; /* what the kernel has */
    size_t n_leases;
    struct portset programs[2]; /* ports that others have: TCP, UDP */
    struct memory memory;
    uint16_t last;
    unsigned registered; /* ids with these low bits count as registered still */
    double now;
    const char *broken; /* the first promise that was not kept, or NULL */
};

static unsigned draw(struct world *w, unsigned below)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return (unsigned)(w->random >> 33) % below;
}

static struct portset *programs_of(struct world *w, uint8_t protocol)
{
    return &w->programs[protocol == IPPROTO_UDP];
}

static void must(struct world *w, bool truth, const char *promise)
{
    if (!truth && !w->broken)
        w->broken = promise;
}

/* ---- what the allocator asks ---- */

static bool in_use(void *arg, const struct mapping *m)
{
    const struct world *w = arg;

    return w->registered && strtoul(m->container_id, NULL, 16) % 4 < w->registered;
}

static int hold(void *arg, uint8_t protocol, uint16_t host_port)
{
    return portset_has(programs_of(arg, protocol), host_port) ? EADDRINUSE : 0;
}

static int hold_mapping(void *arg, const struct mapping *m)
{
    return hold(arg, m->protocol, m->host_port);
}

static bool resting(void *arg, uint8_t protocol, uint16_t host_port)
{
    const struct world *w = arg;

    return quarantine_find(&w->memory.quarantine, protocol, host_port);
}

static uint16_t remembered(void *arg, const struct claim *claim)
{
    const struct world *w = arg;

    return sticky_find(&w->memory.sticky, claim->container_name, claim->target.protocol,
                       claim->target.container_port);
}

static bool kept(void *arg, uint8_t protocol, uint16_t host_port)
{
    const struct world *w = arg;

    return sticky_has(&w->memory.sticky, protocol, host_port);
}

/* ---- what happens ---- */

static uint16_t some_port(struct world *w)
{
    uint16_t port = 0;

    for (unsigned i = draw(w, portset_size(&w->pool)) + 1; i; i--)
        port = portset_next(&w->pool, port);
    return port;
}

static void start_container(struct world *w)
{
    if (w->n_running == RUNNING_MAX)
        return;
    struct container c = {.serial = ++w->serials, .name = draw(w, NAMES), .udp = draw(w, 3) == 0};
    for (size_t i = 0; i < w->n_running; i++)
        if (w->running[i].name == c.name)
            c.name = NAMES + c.serial; /* Docker gives a name once */
    if (!draw(w, 4))
        c.asked = draw(w, 8) ? some_port(w) : 1;
    w->running[w->n_running++] = c;
}

static void stop_container(struct world *w)
{
    if (!w->n_running)
        return;
    struct container *gone = &w->running[draw(w, (unsigned)w->n_running)];
    *gone = w->running[--w->n_running];
}

/* A program gets what nobody holds. After the agent has ended nobody holds anything. */
static void open_port(struct world *w, bool held)
{
    uint8_t protocol = draw(w, 2) ? IPPROTO_UDP : IPPROTO_TCP;
    uint16_t port = some_port(w);
    bool ours = resting(w, protocol, port);

    for (size_t i = 0; i < w->n_leases; i++)
        ours |= w->leases[i].protocol == protocol && w->leases[i].host_port == port;
    if (!held || !ours)
        portset_add(programs_of(w, protocol), port, port);
}

static void close_ports(struct world *w)
{
    uint16_t from = some_port(w);

    portset_remove(programs_of(w, draw(w, 2) ? IPPROTO_UDP : IPPROTO_TCP), from, from + 5u);
}

/* The kernel keeps leases and rests, a file the names; now and then that is lost. */
static void restart(struct world *w)
{
    w->last = 0;
    if (!draw(w, 4))
        sticky_done(&w->memory.sticky);
    if (!draw(w, 4))
        open_port(w, false);
    /* One that understands the label may follow one that did not. */
    if (w->n_running && !draw(w, 4))
        w->running[draw(w, (unsigned)w->n_running)].asked = some_port(w);
}

static void happen(struct world *w)
{
    unsigned what = draw(w, 16);

    if (what < 6)
        start_container(w);
    else if (what < 10)
        stop_container(w);
    else if (what < 12)
        open_port(w, true);
    else if (what < 14)
        close_ports(w);
    else if (what < 15)
        restart(w);
    else
        w->registered = draw(w, 4);
    w->now += 1.;
    quarantine_expire(&w->memory.quarantine, w->now);
}

/* ---- what is claimed ---- */

static void add_claim(struct claims *claims, const struct container *c, uint8_t protocol,
                      uint16_t port)
{
    struct claim claim = {.container_name = xasprintf("c%u", c->name), .host_port = c->asked};
    struct mapping *t = &claim.target;

    t->protocol = protocol;
    t->container_port = port;
    t->container_addr =
        (struct ipaddr){AF_INET, {172, 17, (uint8_t)(c->serial >> 8), (uint8_t)c->serial}};
    snprintf(t->container_id, sizeof t->container_id, "%08x", c->serial);
    claims->v = xgrow(claims->v, claims->n, &claims->cap, sizeof *claims->v);
    claims->v[claims->n++] = claim;
}

static int cmp_claims(const void *a, const void *b)
{
    return mapping_cmp_lease(&((const struct claim *)a)->target,
                             &((const struct claim *)b)->target);
}

static void make_claims(const struct world *w, struct claims *claims)
{
    for (size_t i = 0; i < w->n_running; i++) {
        if (w->running[i].udp)
            add_claim(claims, &w->running[i], IPPROTO_UDP, 53);
        add_claim(claims, &w->running[i], IPPROTO_TCP, 80);
    }
    if (claims->n)
        qsort(claims->v, claims->n, sizeof *claims->v, cmp_claims);
}

/* ---- what must hold ---- */

static const struct mapping *find_lease(const struct mapping *v, size_t n,
                                        const struct mapping *target)
{
    for (size_t i = 0; i < n; i++)
        if (!mapping_cmp_lease(&v[i], target))
            return &v[i];
    return NULL;
}

/* The lease that the claim goes on with; NULL: it is to get a port. */
static const struct mapping *kept_lease(const struct world *w, const struct claim *claim)
{
    const struct mapping *lease = find_lease(w->leases, w->n_leases, &claim->target);

    return lease && (!claim->host_port || claim->host_port == lease->host_port) ? lease : NULL;
}

/* Ports that nobody new could have had, as the claims were served one after the other. */
struct served {
    struct portset taken[2];
    uint16_t last;
};

static bool is_blocked(struct world *w, const struct served *s, uint8_t protocol, uint16_t port,
                       bool spare)
{
    /* A lease that ends now leaves a port that rests from now on. */
    for (size_t i = 0; i < w->n_leases; i++)
        if (w->leases[i].protocol == protocol && w->leases[i].host_port == port)
            return true;
    return portset_has(&s->taken[protocol == IPPROTO_UDP], port) || hold(w, protocol, port) ||
           resting(w, protocol, port) || (spare && kept(w, protocol, port));
}

static bool is_exhausted(struct world *w, const struct served *s, uint8_t protocol, bool spare)
{
    struct portrange r = {0};

    for (unsigned from = 0; portset_range(&w->pool, from, &r); from = r.last + 1)
        for (unsigned port = r.first; port <= r.last; port++)
            if (!is_blocked(w, s, protocol, (uint16_t)port, spare))
                return false;
    return true;
}

/* Nothing that could have been given lies between the port before and this one. */
static bool is_next(struct world *w, const struct served *s, const struct mapping *m)
{
    bool spare = !kept(w, m->protocol, m->host_port);
    uint16_t port = s->last;

    while ((port = portset_next(&w->pool, port)) != m->host_port)
        if (!is_blocked(w, s, m->protocol, port, spare))
            return false;
    return spare || is_exhausted(w, s, m->protocol, true);
}

static void check_fresh(struct world *w, struct served *s, const struct claim *claim,
                        const struct mapping *m)
{
    uint8_t protocol = claim->target.protocol;
    uint16_t old = remembered(w, claim);
    bool old_is_free = portset_has(&w->pool, old) && !hold(w, protocol, old) &&
                       !portset_has(&s->taken[protocol == IPPROTO_UDP], old);

    if (!m) {
        must(w, is_exhausted(w, s, protocol, false), "nobody goes without while a port is free");
        must(w, !old_is_free, "... or while the port that it had is");
        return;
    }
    must(w, portset_has(&w->pool, m->host_port), "a new port is one of the pool");
    must(w, !hold(w, protocol, m->host_port), "no port that a program has is given");
    if (old_is_free) {
        must(w, m->host_port == old, "a container gets the port that it had");
        return;
    }
    must(w, !resting(w, protocol, m->host_port), "a port that rests is left alone");
    must(w, !is_blocked(w, s, protocol, m->host_port, false), "... and one that comes free now");
    must(w, is_next(w, s, m), "the next port after the last one, those of others last");
    s->last = m->host_port;
}

static void check_asked(struct world *w, const struct served *s, const struct claim *claim,
                        const struct mapping *m)
{
    uint8_t protocol = claim->target.protocol;

    if (m)
        must(w, m->host_port == claim->host_port, "who asks for a port gets that one");
    else
        must(w,
             !portset_has(&w->pool, claim->host_port) || hold(w, protocol, claim->host_port) ||
                 portset_has(&s->taken[protocol == IPPROTO_UDP], claim->host_port),
             "who asks for a free port of the pool gets it");
}

static void note_taken(struct served *s, const struct mapping *m)
{
    if (m)
        portset_add(&s->taken[m->protocol == IPPROTO_UDP], m->host_port, m->host_port);
}

/* Kept ones, then those that ask, then the others: that is the order in which they are served. */
static void check_claims(struct world *w, const struct claims *claims,
                         const struct assignment *plan, struct served *s)
{
    for (size_t i = 0; i < plan->n; i++)
        if (!claims_cover(claims, &plan->v[i]))
            note_taken(s, &plan->v[i]);
    for (size_t i = 0; i < claims->n; i++)
        if (kept_lease(w, &claims->v[i]))
            note_taken(s, kept_lease(w, &claims->v[i]));
    for (int asking = 1; asking >= 0; asking--)
        for (size_t i = 0; i < claims->n; i++) {
            const struct claim *c = &claims->v[i];
            const struct mapping *m = find_lease(plan->v, plan->n, &c->target);

            if (kept_lease(w, c) || (c->host_port != 0) != asking)
                continue;
            if (c->host_port)
                check_asked(w, s, c, m);
            else
                check_fresh(w, s, c, m);
            note_taken(s, m);
        }
}

static void check_plan(struct world *w, const struct claims *claims, const struct assignment *plan)
{
    for (size_t i = 0; i < plan->n; i++) {
        const struct mapping *m = &plan->v[i];
        const struct claim *claim = claims_find(claims, m);

        must(w, !i || mapping_cmp_key(&plan->v[i - 1], m) < 0, "no port is granted twice");
        must(w, claim || in_use(w, m), "a mapping has a container, or is registered still");
        if (claim && kept_lease(w, claim))
            must(w, kept_lease(w, claim)->host_port == m->host_port, "a lease stays");
    }
    for (size_t i = 0; i < claims->n; i++) {
        const struct mapping *t = &claims->v[i].target;

        const char *why =
            refusals_find(&plan->refused, t->container_id, t->protocol, t->container_port);

        must(w, (find_lease(plan->v, plan->n, t) == NULL) == (why != NULL),
             "each claim is served, or refused with a reason");
    }
    for (size_t i = 0; i < w->n_leases; i++)
        if (in_use(w, &w->leases[i]) && !claims_cover(claims, &w->leases[i]))
            must(w, find_lease(plan->v, plan->n, &w->leases[i]),
                 "a mapping stays while it is registered");
}

/* ---- one run ---- */

/* Where an agent begins that has just started. */
static uint16_t highest_lease(const struct world *w)
{
    uint16_t highest = 0;

    for (size_t i = 0; i < w->n_leases; i++)
        if (w->leases[i].host_port > highest)
            highest = w->leases[i].host_port;
    return highest ? highest : portset_last(&w->pool);
}

static void step(struct world *w)
{
    struct assign_rules rules = {.pool = &w->pool,
                                 .in_use = in_use,
                                 .hold = hold_mapping,
                                 .rest = true,
                                 .resting = resting,
                                 .remembered = remembered,
                                 .kept = kept,
                                 .arg = w};
    struct served served = {0};
    struct assignment plan = {0};
    struct claims claims = {0};

    happen(w);
    make_claims(w, &claims);
    served.last = w->last ? w->last : highest_lease(w);
    assign_make(&plan, &rules, &claims, w->leases, w->n_leases, &w->last, NULL);
    check_plan(w, &claims, &plan);
    check_claims(w, &claims, &plan, &served);
    memory_let_rest(&w->memory, w->leases, w->n_leases, &plan, &w->pool, w->now + REST);
    memory_note(&w->memory, &claims, &plan, NULL, 0, NULL);
    free(w->leases);
    w->leases = plan.v;
    w->n_leases = plan.n;
    plan.v = NULL;
    assignment_done(&plan);
    claims_done(&claims);
}

static void run(uint64_t seed)
{
    struct world *w = xcalloc(1, sizeof *w);
    unsigned steps = 0;

    w->random = seed * 0x9e3779b97f4a7c15u + 1;
    portset_add(&w->pool, 28000, 28000 + draw(w, 12));
    portset_add(&w->pool, 28100, 28100 + draw(w, 12));
    while (steps < STEPS && !w->broken) {
        step(w);
        steps++;
    }
    ok(!w->broken, "seed %" PRIu64 ": %u steps with %u ports%s%s", seed, steps,
       portset_size(&w->pool), w->broken ? ": not kept: " : "", w->broken ? w->broken : "");
    quarantine_done(&w->memory.quarantine);
    sticky_done(&w->memory.sticky);
    free(w->leases);
    free(w);
}

int main(void)
{
    const char *seed = getenv("BERTH_SEED");

    if (seed)
        run(strtoull(seed, NULL, 10));
    for (uint64_t i = 1; !seed && i <= RUNS; i++)
        run(i);
    return tap_done();
}
