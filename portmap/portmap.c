#include "portmap/portmap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "lib/diff.h"
#include "lib/log.h"
#include "lib/xmalloc.h"
#include "portmap/claim.h"
#include "portmap/committed.h"
#include "portmap/hold.h"
#include "portmap/kernel.h"
#include "portmap/nft.h"
#include "portmap/watch.h"
#include "portmap/assign.h"

#define REPAIR_QUIET 60. /* seconds from one line about a repair to the next */
#define TRIES 10         /* looks per pass, where others keep changing rulesets */

struct portmap {
    struct portmap_config config;
    void (*on_change)(void *arg);
    bool (*in_use)(void *arg, const struct mapping *m);
    void *arg; /* for both */
    struct sync sync;
    struct kernel *kernel;
    struct watch *watch;
    struct holds *holds;
    struct claims claims;

    struct committed committed;
    bool wanted;                  /* portmap_want() has been called */
    bool published;               /* a pass has ended well */
    double table_told, rule_told; /* when the log last said what was repaired; 0: never */
    uint16_t last_port;           /* assigned last; 0: none yet */
    struct problems problems;
};

static void pass(void *owner);
static void on_foreign_change(void *arg);
static uint32_t own_port(void *arg);
static int reconcile(struct portmap *p, struct problems *problems, bool *ret_changed,
                     struct err **err);
static int reconcile_once(struct portmap *p, struct problems *problems, bool *ret_changed,
                          struct err **err);
static void make_plan(struct portmap *p, const struct kernel_view *view, struct assignment *plan,
                      uint16_t *last, struct problems *problems);
static bool has_retained(const struct portmap *p);
static bool ask_in_use(void *arg, const struct mapping *m);
static int ask_hold(void *arg, uint8_t protocol, uint16_t host_port);
static void log_repair(struct portmap *p, const struct kernel_view *view);
static void tell_repair(const struct portmap *p, double *told, const char *text);
static size_t count_lost(const struct committed *c, const struct kernel_view *view);
static void log_changes(const struct portmap *p, const struct kernel_view *view,
                        const struct assignment *plan);
static void log_change(enum diff_op op, const void *wanted, const void *actual, void *arg);
static bool problems_same(const struct problems *a, const struct problems *b);
static void raise_file_limit(void);

static const struct diff_rules mapping_rules = {sizeof(struct mapping), mapping_cmp_key,
                                                mapping_equal};

struct portmap *portmap_new(struct ev_loop *loop, const struct portmap_config *config,
                            void (*on_change)(void *arg), void *arg, struct err **err)
{
    if (!config->mark || (config->mark & (config->mark - 1))) {
        err_set(err, "the mark 0x%x is not one bit; correct [portmap] mark", config->mark);
        return NULL;
    }
    if (!config->pool_first || config->pool_first > config->pool_last ||
        config->pool_last > 65535) {
        err_set(err, "the pool %u-%u is no range of ports; correct [portmap] pool",
                config->pool_first, config->pool_last);
        return NULL;
    }
    struct kernel *kernel = kernel_new(config->mark, err);
    if (!kernel) {
        err_wrap(err, "portmap needs nf_tables and CAP_NET_ADMIN");
        return NULL;
    }
    struct portmap *p = xcalloc(1, sizeof *p);
    p->config = *config;
    p->on_change = on_change;
    p->arg = arg;
    p->kernel = kernel;
    p->holds = holds_new();
    sync_init(&p->sync, loop, "portmap", pass, p, config->resync);
    p->watch = watch_new(loop, on_foreign_change, own_port, p, err);
    if (!p->watch) {
        portmap_free(p);
        return NULL;
    }
    raise_file_limit();
    return p;
}

void portmap_free(struct portmap *p)
{
    if (!p)
        return;
    sync_done(&p->sync);
    watch_free(p->watch);
    holds_free(p->holds);
    kernel_free(p->kernel);
    claims_done(&p->claims);
    committed_done(&p->committed);
    problems_done(&p->problems);
    free(p);
}

void portmap_want(struct portmap *p, const struct endpoint *v, size_t n,
                  bool (*in_use)(void *arg, const struct mapping *m))
{
    struct claims claims = {0};

    claims_from_endpoints(&claims, v, n);
    bool same = claims_equal(&claims, &p->claims);
    claims_done(&p->claims);
    p->claims = claims;
    p->in_use = in_use;
    p->wanted = true;
    /* Where nothing is retained, the same claims lead to the same mappings. */
    if (!same || !p->published || has_retained(p))
        sync_kick(&p->sync);
}

const struct mapping *portmap_find(const struct portmap *p, const char *container_id,
                                   uint8_t protocol, uint16_t container_port)
{
    return committed_find(&p->committed, container_id, protocol, container_port);
}

const struct mapping *portmap_list(const struct portmap *p, size_t *ret_n)
{
    *ret_n = p->committed.n;
    return p->committed.v;
}

const struct problems *portmap_problems(const struct portmap *p)
{
    return &p->problems;
}

const struct sync *portmap_sync(const struct portmap *p)
{
    return &p->sync;
}

static void pass(void *owner)
{
    struct portmap *p = owner;
    struct problems problems = {0};
    struct err *err = NULL;
    bool changed = false;

    if (!reconcile(p, &problems, &changed, &err)) {
        changed |= !problems_same(&problems, &p->problems);
        problems_report("portmap", &p->problems, &problems);
    }
    problems_done(&problems);
    sync_finish(&p->sync, err);
    if (changed)
        p->on_change(p->arg);
}

/* Nothing is touched before portmap_want() has been called once. */
static void on_foreign_change(void *arg)
{
    struct portmap *p = arg;

    if (p->wanted)
        sync_kick(&p->sync);
}

static uint32_t own_port(void *arg)
{
    const struct portmap *p = arg;

    return kernel_port(p->kernel);
}

/* Whoever changes a ruleset between our look and our transaction makes us look again. */
static int reconcile(struct portmap *p, struct problems *problems, bool *ret_changed,
                     struct err **err)
{
    for (int i = 1;; i++) {
        struct err *failed = NULL;

        if (!reconcile_once(p, problems, ret_changed, &failed))
            return 0;
        problems_done(problems);
        if (i == TRIES || !nft_is_stale(failed)) {
            *err = failed;
            return -1;
        }
        err_free(failed);
    }
}

/* The order matters. A port is held before its element leads anywhere and let go after the element
 * is gone, and nothing is published before the way is open. */
static int reconcile_once(struct portmap *p, struct problems *problems, bool *ret_changed,
                          struct err **err)
{
    struct kernel_view view = {0};
    struct assignment plan = {0};
    uint16_t last = p->last_port;
    bool rule_repaired = false;
    int r = kernel_look(p->kernel, &view, err);

    if (!r) {
        make_plan(p, &view, &plan, &last, problems);
        r = kernel_commit(p->kernel, &view, plan.v, plan.n, problems, err);
    }
    if (!r) {
        log_repair(p, &view);
        log_changes(p, &view, &plan);
        p->last_port = last;
        holds_keep_only(p->holds, plan.v, plan.n);
        r = kernel_accept(p->kernel, problems, &rule_repaired, err);
    }
    if (!r && rule_repaired)
        tell_repair(p, &p->rule_told,
                    "somebody else had removed our rule from chain DOCKER-USER, or put another one "
                    "before it; it is in place again");
    if (!r) {
        *ret_changed = committed_set(&p->committed, &plan.v, plan.n) || !p->published;
        p->published = true;
    }
    assignment_done(&plan);
    kernel_view_done(&view);
    return r;
}

static void make_plan(struct portmap *p, const struct kernel_view *view, struct assignment *plan,
                      uint16_t *last, struct problems *problems)
{
    struct assign_rules rules = {.pool_first = (uint16_t)p->config.pool_first,
                                 .pool_last = (uint16_t)p->config.pool_last,
                                 .in_use = ask_in_use,
                                 .hold = ask_hold,
                                 .arg = p};
    size_t n;
    struct mapping *leases = committed_merge(&p->committed, view->leases, view->n_leases, &n);

    assign_make(plan, &rules, &p->claims, leases, n, last, problems);
    free(leases);
}

/* Are there mappings that nobody claims any more, kept because they are in use? */
static bool has_retained(const struct portmap *p)
{
    for (size_t i = 0; i < p->committed.n; i++)
        if (!claims_cover(&p->claims, &p->committed.v[i]))
            return true;
    return false;
}

static bool ask_in_use(void *arg, const struct mapping *m)
{
    struct portmap *p = arg;

    return p->in_use && p->in_use(p->arg, m);
}

static int ask_hold(void *arg, uint8_t protocol, uint16_t host_port)
{
    struct portmap *p = arg;

    return holds_take(p->holds, protocol, host_port);
}

static void log_repair(struct portmap *p, const struct kernel_view *view)
{
    size_t lost = count_lost(&p->committed, view);

    if ((!view->intact && !view->first) || lost)
        tell_repair(p, &p->table_told,
                    "somebody else had changed or deleted parts of table ip " NFT_TABLE
                    "; it is whole again");
}

/* Once a minute at most: somebody may do it again and again. '*told' is when it was said last. */
static void tell_repair(const struct portmap *p, double *told, const char *text)
{
    double now = ev_now(p->sync.loop);

    if (*told && now < *told + REPAIR_QUIET) {
        log_debug("portmap", "%s", text);
        return;
    }
    *told = now;
    log_warn("portmap", "%s", text);
}

/* How many mappings that were committed are not in the kernel as they were? */
static size_t count_lost(const struct committed *c, const struct kernel_view *view)
{
    size_t lost = 0, k = 0;

    for (size_t i = 0; i < c->n; i++) {
        while (k < view->n_leases && mapping_cmp_key(&view->leases[k], &c->v[i]) < 0)
            k++;
        lost += k == view->n_leases || mapping_cmp_key(&view->leases[k], &c->v[i]) ||
                !mapping_equal(&view->leases[k], &c->v[i]);
    }
    return lost;
}

/* What is told is what others see change; a mapping that was lost and restored does not. */
static void log_changes(const struct portmap *p, const struct kernel_view *view,
                        const struct assignment *plan)
{
    size_t foreign = view->ports.n - view->n_leases;

    if (foreign)
        log_warn("portmap", "foreign elements removed from table ip " NFT_TABLE " count=%zu",
                 foreign);
    if (p->published) {
        diff_sorted(&mapping_rules, plan->v, plan->n, p->committed.v, p->committed.n, log_change,
                    NULL);
        return;
    }
    if (view->n_leases)
        log_info("portmap", "leases found in the kernel count=%zu", view->n_leases);
    diff_sorted(&mapping_rules, plan->v, plan->n, view->leases, view->n_leases, log_change, NULL);
}

static void log_change(enum diff_op op, const void *wanted, const void *actual, void *arg)
{
    static const char *const verbs[] = {
        [DIFF_ADD] = "added", [DIFF_DELETE] = "removed", [DIFF_CHANGE] = "changed"};
    const struct mapping *m = wanted ? wanted : actual;
    char target[IPADDR_STRLEN];

    (void)arg;
    if (op == DIFF_SAME)
        return;
    log_info("portmap",
             "mapping %s host-port=%u protocol=%s container=%.*s container-port=%u target=%s",
             verbs[op], m->host_port, protocol_name(m->protocol), CONTAINER_ID_SHORT,
             m->container_id[0] ? m->container_id : "unknown", m->container_port,
             ipaddr_format_port(&m->container_addr, m->container_port, target));
}

static bool problems_same(const struct problems *a, const struct problems *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->v[i].subject, b->v[i].subject) || strcmp(a->v[i].text, b->v[i].text))
            return false;
    return true;
}

/* Each mapping takes two descriptors. */
static void raise_file_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        log_warn("portmap", "cannot raise the number of open files to the hard limit: %s",
                 strerror(errno));
}
