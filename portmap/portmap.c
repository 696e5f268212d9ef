#include "portmap/portmap.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/xmalloc.h"
#include "portmap/claim.h"
#include "portmap/committed.h"
#include "portmap/hold.h"
#include "portmap/holder.h"
#include "portmap/kernel.h"
#include "portmap/legacy_rule.h"
#include "portmap/memory.h"
#include "portmap/nft.h"
#include "portmap/pool.h"
#include "portmap/remedy.h"
#include "portmap/report.h"
#include "portmap/touched.h"
#include "portmap/undo.h"
#include "portmap/watch.h"
#include "portmap/assign.h"

#define TRIES 10 /* looks per pass, where others keep changing rulesets */

struct portmap {
    struct portmap_config config;
    void (*on_change)(void *arg);
    bool (*in_use)(void *arg, const struct mapping *m);
    void *arg; /* for both */
    struct sync sync;
    struct kernel *kernel; /* NULL: not opened yet */
    struct watch *watch;   /* the same */
    struct legacy_rule *legacy;
    struct fdstore *store; /* what of 'holds' outlives this process */
    struct holds *holds;
    struct holders holders; /* of the ports that could not be held */
    struct claims claims;

    struct committed committed;
    struct refusals refused; /* claims that the last good pass did not serve */
    bool wanted;             /* portmap_want() has been called */
    bool refused_all;        /* the kernel lets us do nothing, as long as nobody mends that */
    bool published;          /* a pass has ended well */
    bool renamed;            /* since then a claim has come to have another container name */
    struct memory memory;
    struct undo undo;
    ev_timer rested; /* when the next rest ends */
    struct touched touched;
    struct report report;
    uint16_t last_port; /* assigned last; 0: none yet */
    bool sctp_told;     /* a port of SCTP has been held, or it has been said why not */
    struct problems problems;
};

static void pass(void *owner);
static int open_kernel(struct portmap *p, struct err **err);
static void on_foreign_change(void *arg);
static void on_legacy_rule(void *arg);
static uint32_t own_port(void *arg);
static int reconcile(struct portmap *p, struct problems *problems, bool *ret_changed,
                     struct err **err);
static int reconcile_once(struct portmap *p, struct problems *problems, bool *ret_changed,
                          struct err **err);
static void make_plan(struct portmap *p, const struct kernel_view *view, struct assignment *plan,
                      uint16_t *last, struct problems *problems);
static void leave_ipv6_out(const struct portmap *p, struct assignment *plan,
                           struct problems *problems);
static void note_touched(struct portmap *p, const struct kernel_view *view,
                         const struct assignment *plan);
static void on_side_change(void *arg);
static bool has_retained(const struct portmap *p);
static bool ask_in_use(void *arg, const struct mapping *m);
static int ask_hold(void *arg, const struct mapping *m);
static const char *ask_holder(void *arg, uint8_t protocol, uint16_t host_port);
static bool ask_resting(void *arg, uint8_t protocol, uint16_t host_port);
static uint16_t ask_remembered(void *arg, const struct claim *claim);
static bool ask_kept(void *arg, uint8_t protocol, uint16_t host_port);
static void reserve_pool(struct portmap *p, struct problems *problems);
static void recall(struct portmap *p, const struct kernel_view *view, double now);
static void schedule_rested(struct portmap *p, double now);
static void on_rested(struct ev_loop *loop, ev_timer *timer, int events);
static void adopt_held(struct portmap *p);

struct portmap *portmap_new(struct ev_loop *loop, const struct portmap_config *config,
                            void (*on_change)(void *arg), void *arg, struct err **err)
{
    if (!config->mark || (config->mark & (config->mark - 1))) {
        err_set(err, "the mark 0x%x is not one bit; correct [portmap] mark", config->mark);
        return NULL;
    }
    if (!portset_size(&config->pool)) {
        err_set(err, "the pool has no port; correct [portmap] pool");
        return NULL;
    }
    struct portmap *p = xcalloc(1, sizeof *p);
    p->config = *config;
    p->on_change = on_change;
    p->arg = arg;
    p->store = fdstore_new(loop, on_side_change, p);
    p->holds = holds_new(p->store);
    sync_init(&p->sync, loop, "portmap", pass, p, config->resync);
    ev_timer_init(&p->rested, on_rested, 0., 0.);
    p->rested.data = p;
    touched_init(&p->touched, loop, &p->committed, on_side_change, p);
    undo_init(&p->undo, config->undo_file);
    p->legacy = legacy_rule_new(loop, config->mark, on_legacy_rule, p);
    memory_init(&p->memory, loop, config->ports_file, on_side_change, p);
    hold_raise_limit();
    adopt_held(p);
    return p;
}

void portmap_set_config(struct portmap *p, const struct portmap_config *config)
{
    p->config.pool = config->pool;
    p->config.quarantine = config->quarantine;
    sync_set_resync(&p->sync, config->resync);
    if (p->wanted)
        sync_kick(&p->sync);
}

void portmap_free(struct portmap *p)
{
    if (!p)
        return;
    ev_timer_stop(p->sync.loop, &p->rested);
    touched_done(&p->touched);
    sync_done(&p->sync);
    memory_done(&p->memory);
    undo_done(&p->undo);
    watch_free(p->watch);
    legacy_rule_free(p->legacy);
    fdstore_free(p->store);
    holds_free(p->holds);
    kernel_free(p->kernel);
    claims_done(&p->claims);
    committed_done(&p->committed);
    refusals_done(&p->refused);
    holders_done(&p->holders);
    problems_done(&p->problems);
    free(p);
}

void portmap_want(struct portmap *p, const struct endpoint *v, size_t n,
                  bool (*in_use)(void *arg, const struct mapping *m))
{
    struct claims claims = {0};

    claims_from_endpoints(&claims, v, n);
    bool same = claims_equal(&claims, &p->claims);
    p->renamed |= !same && claims_renamed(&claims, &p->claims);
    claims_done(&p->claims);
    p->claims = claims;
    p->in_use = in_use;
    p->wanted = true;
    /* Where nothing is retained, the same claims lead to the same mappings. */
    if (!same || !p->published || has_retained(p))
        sync_kick(&p->sync);
}

void portmap_released(struct portmap *p)
{
    if (p->wanted && has_retained(p))
        sync_kick(&p->sync);
}

void portmap_resync(struct portmap *p)
{
    if (p->wanted)
        sync_kick(&p->sync);
}

const struct mapping *portmap_find(const struct portmap *p, const char *container_id,
                                   uint8_t protocol, uint16_t container_port)
{
    return committed_find(&p->committed, container_id, protocol, container_port);
}

const char *portmap_why(const struct portmap *p, const char *container_id, uint8_t protocol,
                        uint16_t container_port)
{
    if (portmap_find(p, container_id, protocol, container_port))
        return NULL;
    const char *why = refusals_find(&p->refused, container_id, protocol, container_port);
    return why ? why : p->sync.last_error;
}

const struct mapping *portmap_list(const struct portmap *p, size_t *ret_n)
{
    *ret_n = p->committed.n;
    return p->committed.v;
}

const struct quarantine *portmap_quarantine(const struct portmap *p)
{
    return &p->memory.quarantine;
}

bool portmap_is_refused(const struct portmap *p)
{
    return p->refused_all;
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

    if (!open_kernel(p, &err) && !reconcile(p, &problems, &changed, &err))
        changed |= problems_report("portmap", &p->problems, &problems);
    problems_done(&problems);
    bool refused = !p->published && remedy_is_needed(err);
    changed |= refused != p->refused_all;
    p->refused_all = refused;
    sync_finish(&p->sync, err);
    if (changed)
        p->on_change(p->arg);
}

/* Not before it is needed, and again where it did not succeed: berth may be given the right to it
 * any time. */
static int open_kernel(struct portmap *p, struct err **err)
{
    if (!p->kernel) {
        p->kernel = kernel_new(p->config.mark, err);
        if (!p->kernel)
            return -1;
        kernel_set_undo(p->kernel, &p->undo);
    }
    if (!p->watch)
        p->watch = watch_new(p->sync.loop, on_foreign_change, own_port, p, err);
    return p->watch ? 0 : -1;
}

/* Nothing is touched before portmap_want() has been called once. */
static void on_foreign_change(void *arg)
{
    portmap_resync(arg);
}

/* iptables-legacy has ended: a pass looks what came of it. */
static void on_legacy_rule(void *arg)
{
    struct portmap *p = arg;

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
    kernel_retry_ipv6(p->kernel);
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
    double now = ev_now(p->sync.loop);
    bool rule_repaired = false;
    int r = kernel_look(p->kernel, &view, err);

    if (!r) {
        recall(p, &view, now);
        make_plan(p, &view, &plan, &last, problems);
        r = kernel_commit(p->kernel, &view, plan.v, plan.n, &p->memory.quarantine, now, problems,
                          err);
    }
    if (!r) {
        report_table(&p->report, now, &p->committed, &view);
        note_touched(p, &view, &plan);
        p->last_port = last;
        holds_keep_only(p->holds, plan.v, plan.n, &p->memory.quarantine);
        fdstore_retry(p->store);
        schedule_rested(p, now);
        r = kernel_accept(p->kernel, &view, problems, &rule_repaired, err);
    }
    if (!r)
        legacy_rule_ensure(p->legacy, problems);
    if (!r)
        r = kernel_hairpin(p->kernel, plan.v, plan.n, problems, err);
    if (!r && rule_repaired)
        report_rule(&p->report, now);
    if (!r) {
        touched_schedule(&p->touched, p->kernel, problems);
        memory_note(&p->memory, &p->claims, &plan, p->committed.v, p->renamed ? 0 : p->committed.n,
                    problems);
        p->renamed = false;
        reserve_pool(p, problems);
        report_changes(p->published ? &p->committed : NULL, &view, &plan);
        *ret_changed = committed_set(&p->committed, &plan.v, plan.n) || !p->published;
        refusals_done(&p->refused);
        p->refused = plan.refused;
        plan.refused = (struct refusals){0};
        p->published = true;
        kernel_settled(p->kernel);
    }
    assignment_done(&plan);
    kernel_view_done(&view);
    return r;
}

static void make_plan(struct portmap *p, const struct kernel_view *view, struct assignment *plan,
                      uint16_t *last, struct problems *problems)
{
    struct assign_rules rules = {.pool = &p->config.pool,
                                 .in_use = ask_in_use,
                                 .rest = p->config.quarantine > 0.,
                                 .resting = ask_resting,
                                 .remembered = ask_remembered,
                                 .kept = ask_kept,
                                 .hold = ask_hold,
                                 .holder = ask_holder,
                                 .arg = p};
    size_t n;
    struct mapping *leases = committed_merge(&p->committed, view->leases, view->n_leases, &n);

    assign_make(plan, &rules, &p->claims, leases, n, last, problems);
    leave_ipv6_out(p, plan, problems);
    if (p->config.quarantine > 0.) {
        double ends = ev_now(p->sync.loop) + p->config.quarantine;

        memory_let_rest(&p->memory, view->leases, view->n_leases, plan, rules.pool, ends);
        memory_let_rest(&p->memory, p->committed.v, p->committed.n, plan, rules.pool, ends);
    }
    free(leases);
}

/* A kernel that does IPv4 only goes on with that. */
static void leave_ipv6_out(const struct portmap *p, struct assignment *plan,
                           struct problems *problems)
{
    const char *why = kernel_no_ipv6(p->kernel);

    if (why && mappings_without_ipv6(plan->v, &plan->n))
        problems_add(problems, "table ip6 " NFT_TABLE,
                     "containers are reached by IPv4 only, since the kernel refuses it: %s", why);
}

/* The first pass takes in whatever an agent before us did not come to. */
static void note_touched(struct portmap *p, const struct kernel_view *view,
                         const struct assignment *plan)
{
    struct touched *t = &p->touched;

    if (!view->known)
        touched_add_changes(t, plan->v, plan->n, view->leases, view->n_leases);
    touched_add_changes(t, plan->v, plan->n, p->committed.v, p->committed.n);
    if (!p->published)
        touched_add_pool(t, &p->config.pool);
}

/* What is done beside the passes has begun to fail, which a pass makes a problem, or works again;
 * or the service manager has let ports go, which may be wanted. */
static void on_side_change(void *arg)
{
    struct portmap *p = arg;

    if (p->wanted)
        sync_kick(&p->sync);
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

static int ask_hold(void *arg, const struct mapping *m)
{
    struct portmap *p = arg;

    if (m->protocol == IPPROTO_SCTP && !p->sctp_told && !hold_knows_sctp())
        log_info("portmap", "this kernel has no SCTP sockets: host ports of SCTP are not held, "
                            "and nobody else can open them");
    p->sctp_told |= m->protocol == IPPROTO_SCTP;
    return holds_take(p->holds, m);
}

static const char *ask_holder(void *arg, uint8_t protocol, uint16_t host_port)
{
    struct portmap *p = arg;

    return holders_name(&p->holders, protocol, host_port);
}

static bool ask_resting(void *arg, uint8_t protocol, uint16_t host_port)
{
    const struct portmap *p = arg;

    return quarantine_find(&p->memory.quarantine, protocol, host_port);
}

static uint16_t ask_remembered(void *arg, const struct claim *claim)
{
    const struct portmap *p = arg;

    return sticky_find(&p->memory.sticky, claim->container_name, claim->target.protocol,
                       claim->target.container_port);
}

static bool ask_kept(void *arg, uint8_t protocol, uint16_t host_port)
{
    const struct portmap *p = arg;

    return sticky_has(&p->memory.sticky, protocol, host_port);
}

static void reserve_pool(struct portmap *p, struct problems *problems)
{
    CLEAN(err) struct err *err = NULL;

    undo_retry(&p->undo);
    if (pool_reserve(&p->config.pool, &p->undo, &err) < 0)
        problems_add(problems, "pool",
                     "other programs may be given ports of it before containers are: %s",
                     err_msg(err));
    if (p->undo.failed)
        problems_add(problems, p->undo.file,
                     "`berth portmap flush` will leave sysctls as they are now, since what berth "
                     "changed is not recorded: %s",
                     err_msg(p->undo.failed));
}

/* A port that rests is held, so that nobody else takes it meanwhile; where somebody has it, so be
 * it. */
static void recall(struct portmap *p, const struct kernel_view *view, double now)
{
    const struct quarantine *q = &p->memory.quarantine;

    memory_recall(&p->memory, &view->tables[0].sets[RULESET_QUARANTINE], now);
    for (size_t i = 0; i < q->n; i++)
        holds_rest(p->holds, q->v[i].protocol, q->v[i].host_port);
}

static void schedule_rested(struct portmap *p, double now)
{
    double end = quarantine_next_end(&p->memory.quarantine);

    ev_timer_stop(p->sync.loop, &p->rested);
    if (end == 0.)
        return;
    ev_timer_set(&p->rested, end > now ? end - now : 0., 0.);
    ev_timer_start(p->sync.loop, &p->rested);
}

static void on_rested(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct portmap *p = timer->data;

    (void)loop;
    (void)events;
    sync_kick(&p->sync);
}

/* Before anybody could ask for them: the copies of the service manager are in our way otherwise. */
static void adopt_held(struct portmap *p)
{
    size_t n = p->config.passed ? holds_adopt(p->holds, p->config.passed) : 0;

    p->config.passed = NULL;
    if (n)
        log_info("portmap", "held ports have come through the restart n=%zu", n);
}
