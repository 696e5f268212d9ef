/* Any claims, leases and pool: the plan must hold what it promises. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "portmap/assign.h"
#include "tests/fuzz/fuzz.h"

#define RECORD 6 /* bytes of one claim or lease */
#define RECORDS_MAX 256

struct world {
    struct claims claims;
    struct mapping *leases;
    size_t n_leases;
    uint8_t taken; /* ports with these bits belong to others */
};

static void must(bool truth)
{
    if (!truth)
        abort();
}

static bool in_use(void *arg, const struct mapping *m)
{
    (void)arg;
    return m->container_id[0] % 2;
}

static int hold(void *arg, const struct mapping *m)
{
    const struct world *w = arg;

    return w->taken && (m->host_port & w->taken) == w->taken ? EADDRINUSE : 0;
}

static bool resting(void *arg, uint8_t protocol, uint16_t host_port)
{
    (void)arg;
    (void)protocol;
    return host_port % 8 == 7;
}

static uint16_t remembered(void *arg, const struct claim *claim)
{
    (void)arg;
    return claim->target.container_port % 2 ? (uint16_t)(claim->target.container_port * 7) : 0;
}

static bool kept(void *arg, uint8_t protocol, uint16_t host_port)
{
    (void)arg;
    (void)protocol;
    return host_port % 7 == 0;
}

static struct mapping read_mapping(const uint8_t *bytes)
{
    struct mapping m = {.protocol = bytes[0] & 1 ? IPPROTO_UDP : IPPROTO_TCP,
                        .host_port = (uint16_t)(bytes[1] % 64 + 1),
                        .container_port = bytes[2] % 8,
                        .container_addr = {.family = AF_INET, .b = {10, 0, 0, bytes[3]}}};

    if (bytes[4] % 16)
        m.container_id[0] = (char)('a' + bytes[4] % 16);
    return m;
}

static int cmp_claims(const void *a, const void *b)
{
    return mapping_cmp_lease(&((const struct claim *)a)->target,
                             &((const struct claim *)b)->target);
}

static void add_claim(struct world *w, struct mapping m, uint16_t asked)
{
    struct claims *c = &w->claims;

    m.host_port = 0;
    if (!m.container_id[0])
        return;
    for (size_t i = 0; i < c->n; i++)
        if (!mapping_cmp_lease(&c->v[i].target, &m))
            return;
    c->v = xgrow(c->v, c->n, &c->cap, sizeof *c->v);
    c->v[c->n++] =
        (struct claim){.target = m, .container_name = xstrdup(m.container_id), .host_port = asked};
}

static void add_lease(struct world *w, const struct mapping *m)
{
    for (size_t i = 0; i < w->n_leases; i++)
        if (!mapping_cmp_key(&w->leases[i], m))
            return;
    w->leases[w->n_leases++] = *m;
}

static const struct mapping *first_lease(const struct world *w, const struct mapping *target)
{
    for (size_t i = 0; i < w->n_leases; i++)
        if (!mapping_cmp_lease(&w->leases[i], target))
            return &w->leases[i];
    return NULL;
}

static const struct claim *claim_of(const struct world *w, const struct mapping *m)
{
    for (size_t i = 0; i < w->claims.n; i++)
        if (!mapping_cmp_lease(&w->claims.v[i].target, m) && m->container_port)
            return &w->claims.v[i];
    return NULL;
}

/* Each claim is served or told about. */
static void check(const struct world *w, const struct assign_rules *rules,
                  const struct assignment *plan, const struct problems *problems)
{
    size_t served = 0, told = 0;

    for (size_t i = 0; i < plan->n; i++) {
        const struct mapping *m = &plan->v[i];
        const struct claim *claim = claim_of(w, m);
        const struct mapping *lease = first_lease(w, m);

        must(!i || mapping_cmp_key(&plan->v[i - 1], m) < 0);
        must(m->container_id[0]);
        must(claim || in_use(NULL, m));
        must(!claim || mapping_equal(&claim->target, m));
        must(!claim || !claim->host_port || claim->host_port == m->host_port);
        if (lease && claim && claim->host_port && claim->host_port != lease->host_port)
            lease = NULL;
        must(!claim || !lease || lease->host_port == m->host_port);
        must(lease || (portset_has(rules->pool, m->host_port)));
        must(lease || !hold(rules->arg, m));
        must(lease || !claim || !resting(NULL, m->protocol, m->host_port) ||
             remembered(NULL, claim) == m->host_port || claim->host_port == m->host_port);
        served += claim != NULL;
    }
    for (size_t i = 0; i < problems->n; i++)
        told += strstr(problems->v[i].text, "gets no host port") != NULL;
    must(served + told == w->claims.n && told == plan->refused.n);
}

/* The input: pool, last port, taken ports, then records; the low bit of their last byte says
 * whether it is a lease. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct world w = {.leases = xcalloc(RECORDS_MAX, sizeof *w.leases)};
    struct problems problems = {0};
    struct assignment plan = {0};

    if (len >= 4) {
        uint16_t first = (uint16_t)(data[0] % 64 + 1), last = data[2] % 80;
        struct portset pool = {0};
        struct assign_rules rules = {.pool = &pool,
                                     .in_use = in_use,
                                     .hold = hold,
                                     .rest = data[3] & 1,
                                     .resting = resting,
                                     .remembered = remembered,
                                     .kept = kept,
                                     .arg = &w};

        portset_add(&pool, first, first + data[1] % 32u);
        if (data[3] & 2)
            portset_add(&pool, 70, 72);
        w.taken = data[3];
        for (size_t i = 4; i + RECORD <= len && i < 4 + RECORD * RECORDS_MAX; i += RECORD) {
            struct mapping m = read_mapping(data + i);
            if (data[i + 5] & 1)
                add_lease(&w, &m);
            else
                add_claim(&w, m, data[i + 5] & 2 ? (uint16_t)(data[i + 1] % 80 + 1) : 0);
        }
        if (w.claims.n)
            qsort(w.claims.v, w.claims.n, sizeof *w.claims.v, cmp_claims);
        assign_make(&plan, &rules, &w.claims, w.leases, w.n_leases, &last, &problems);
        check(&w, &rules, &plan, &problems);
    }
    assignment_done(&plan);
    problems_done(&problems);
    claims_done(&w.claims);
    free(w.leases);
    return 0;
}
