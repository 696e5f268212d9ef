#include "registrator/registrator.h"

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/xmalloc.h"
#include "registrator/adoption.h"
#include "registrator/derived.h"
#include "registrator/metadata.h"
#include "registrator/mirror.h"
#include "registrator/roster.h"
#include "registrator/standing.h"

#define AREA "registrator"

struct registrator {
    struct ev_loop *loop;
    struct registrator_config config; /* its 'node' is ours */
    char *node;
    void (*on_change)(void *arg);
    void *arg;
    struct sync sync;
    struct mirror mirror;
    struct problems problems;
    struct derived derived;  /* has what 'wanted' and 'said' are made of */
    struct instances wanted; /* sorted by instance_cmp(), lent by 'derived' */
    struct instances kept;   /* roster: what is left alone, see 'keep' */
    struct instances roster; /* both, by id, lent; without ids that somebody else has */
    struct strv running;     /* names of containers */
    struct problems said;    /* what labels are wrong about; 'problems' has conflicts, too */
    struct strv tags;        /* of every service */
    struct strv keep;        /* ids of containers whose instances are left alone */
    bool started;            /* registrator_want() has been called */
    enum registrator_leave leaving;
    void (*on_left)(void *arg); /* NULL: nobody waits */
    void *left_arg;
    ev_timer resync;
    ev_timer feed; /* while something is fed */
    bool replan;   /* what is wanted has changed */
    bool changed;  /* 'on_change' is to be called */
    ev_timer turn; /* does both in the next turn of the loop */
};

static void take_config(struct registrator *r, const struct registrator_config *config);
static void reverse(struct strv *l);
static void fill_roster(struct registrator *r, struct adoptions *ret);
static void keep(struct registrator *r);
static void keep_from(const struct registrator *r, const struct instances *l,
                      struct instances *ret);
static void lend_kept(struct registrator *r);
static void report(struct registrator *r);
static void on_listed(void *arg);
static bool is_settled(const struct registrator *r);
static void replan(struct registrator *r);
static void pass(void *owner);
static void on_mirror_change(void *arg);
static void on_mirror_end(void *arg, struct err *err);
static void on_lost(void *arg);
static void on_resync(struct ev_loop *loop, ev_timer *w, int events);
static void on_feed(struct ev_loop *loop, ev_timer *w, int events);
static void set_feed(struct registrator *r);
static void on_turn(struct ev_loop *loop, ev_timer *w, int events);
static void next_turn(struct registrator *r);

struct registrator *registrator_new(struct ev_loop *loop, const struct registrator_config *config,
                                    struct registry *registry, void (*on_change)(void *arg),
                                    void *arg)
{
    struct registrator *r = xcalloc(1, sizeof *r);

    r->loop = loop;
    r->node = xstrdup(config->node);
    take_config(r, config);
    r->on_change = on_change;
    r->arg = arg;
    sync_init(&r->sync, loop, AREA, pass, r, 0.);
    mirror_init(&r->mirror, registry, &r->roster, on_listed, on_mirror_change, on_mirror_end, r);
    ev_timer_init(&r->resync, on_resync, 0., config->resync);
    r->resync.data = r;
    ev_timer_again(loop, &r->resync);
    ev_timer_init(&r->feed, on_feed, STANDING_TTL / 2., STANDING_TTL / 2.);
    r->feed.data = r;
    ev_timer_init(&r->turn, on_turn, 0., 0.);
    r->turn.data = r;
    if (registry->ops->watch_own)
        registry->ops->watch_own(registry, on_lost, r);
    return r;
}

void registrator_set_config(struct registrator *r, const struct registrator_config *config)
{
    bool other_resync = config->resync != r->config.resync;

    take_config(r, config);
    derived_forget(&r->derived);
    if (!other_resync)
        return;
    r->resync.repeat = config->resync;
    ev_timer_again(r->loop, &r->resync);
}

void registrator_free(struct registrator *r)
{
    if (!r)
        return;
    sync_done(&r->sync);
    ev_timer_stop(r->loop, &r->resync);
    ev_timer_stop(r->loop, &r->turn);
    ev_timer_stop(r->loop, &r->feed);
    mirror_done(&r->mirror);
    roster_return(&r->roster);
    roster_return(&r->wanted);
    instances_done(&r->kept);
    derived_done(&r->derived);
    problems_done(&r->problems);
    problems_done(&r->said);
    strv_done(&r->running);
    strv_done(&r->tags);
    strv_done(&r->keep);
    free(r->node);
    free(r);
}

void registrator_want(struct registrator *r, const struct endpoint *v, size_t n)
{
    if (r->leaving != REGISTRATOR_KEEP)
        return;
    keep_from(r, &r->roster, &r->kept); /* what 'derived' lent may go */
    if (!derived_update(&r->derived, &r->config, &r->tags, v, n) && r->started) {
        report(r);
        return;
    }
    roster_return(&r->roster);
    problems_done(&r->said);
    roster_return(&r->wanted);
    derived_collect(&r->derived, &r->wanted, &r->said);
    set_feed(r);
    r->started = true;
    replan(r);
}

void registrator_running(struct registrator *r, struct strv *names)
{
    strv_done(&r->running);
    r->running = *names;
    *names = (struct strv){0};
}

void registrator_keep(struct registrator *r, const struct strv *ids)
{
    if (strv_equal(ids, &r->keep) || r->leaving != REGISTRATOR_KEEP)
        return;
    strv_done(&r->keep);
    strv_copy(&r->keep, ids);
    if (r->started)
        replan(r);
}

/* Before the first registrator_want(), nobody knows what there is to put into maintenance; what is
 * ours can be deregistered all the same. */
void registrator_leave(struct registrator *r, enum registrator_leave how,
                       void (*on_done)(void *arg), void *arg)
{
    r->leaving = how;
    r->on_left = on_done;
    r->left_arg = arg;
    if (how == REGISTRATOR_KEEP || (how == REGISTRATOR_MAINTENANCE && !r->started)) {
        next_turn(r);
        return;
    }
    strv_done(&r->keep);
    if (how == REGISTRATOR_DEREGISTER)
        roster_return(&r->wanted);
    for (size_t i = 0; i < r->wanted.n; i++)
        r->wanted.v[i].state = INSTANCE_DRAINING;
    r->started = true;
    replan(r);
}

bool registrator_holds(const struct registrator *r, const char *container_id, uint8_t protocol,
                       uint16_t container_port)
{
    return !r->mirror.listed ||
           roster_has_port(&r->mirror.actual, container_id, protocol, container_port) ||
           roster_has_port(&r->mirror.unsure, container_id, protocol, container_port);
}

const struct instances *registrator_wanted(const struct registrator *r)
{
    return &r->wanted;
}

bool registrator_is_registered(const struct registrator *r, const char *id)
{
    const struct instance *wanted = roster_find(&r->roster, id);
    const struct instance *actual = roster_find(&r->mirror.actual, id);

    return wanted && actual && instance_satisfied(wanted, actual);
}

void registrator_resync(struct registrator *r)
{
    on_lost(r);
}

const struct problems *registrator_problems(const struct registrator *r)
{
    return &r->problems;
}

const struct sync *registrator_sync(const struct registrator *r)
{
    return &r->sync;
}

/* 'config' is copied, but for 'app_name'. */
static void take_config(struct registrator *r, const struct registrator_config *config)
{
    r->config = *config;
    r->config.node = r->node;
    r->config.tags = NULL;
    strv_done(&r->tags);
    if (config->tags)
        metadata_split_tags(config->tags, &r->tags);
    if (config->strict)
        reverse(&r->tags);
}

/* Registrator turns each list of tags round. */
static void reverse(struct strv *l)
{
    for (size_t i = 0; i < l->n / 2; i++) {
        char *last = l->v[l->n - 1 - i];

        l->v[l->n - 1 - i] = l->v[i];
        l->v[i] = last;
    }
}

/* What is kept is told by the registry, or by what it was told: the container itself says no more
 * how it was reached. Puts into 'ret', where that is not NULL, what is to be done with services of
 * others. */
static void fill_roster(struct registrator *r, struct adoptions *ret)
{
    struct registry *registry = r->mirror.registry;
    const struct instances *others = registry->ops->others ? registry->ops->others(registry) : NULL;
    struct adoptions plan = {0};

    keep(r);
    roster_return(&r->roster);
    roster_lend(&r->roster, &r->wanted);
    lend_kept(r);
    if (others)
        adoptions_plan(r->node, others, &r->roster, &r->running, &plan);
    for (size_t i = 0; i < plan.n; i++)
        if (plan.v[i].action == ADOPTION_CONFLICT)
            roster_leave_out(&r->roster, plan.v[i].other->id);
    if (ret)
        *ret = plan;
    else
        adoptions_done(&plan);
}

/* Takes down what there is of 'keep', wanted still or not: as it is registered, or as we knew it.
 * The roster, which borrows from it, is void afterwards. */
static void keep(struct registrator *r)
{
    struct instances kept = {0};

    keep_from(r, &r->mirror.actual, &kept);
    keep_from(r, &r->kept, &kept);
    keep_from(r, &r->roster, &kept);
    instances_done(&r->kept);
    r->kept = kept;
}

static void keep_from(const struct registrator *r, const struct instances *l, struct instances *ret)
{
    for (size_t i = 0; r->keep.n && i < l->n; i++) {
        const char *container = kvs_get(&l->v[i].meta, META_CONTAINER_ID);

        if (container && strv_contains(&r->keep, container) && !roster_find(ret, l->v[i].id))
            roster_put(ret, &l->v[i]);
    }
}

static void lend_kept(struct registrator *r)
{
    struct instances unwanted = {0};

    for (size_t i = 0; i < r->kept.n; i++)
        if (!roster_find(&r->roster, r->kept.v[i].id))
            *instances_add(&unwanted) = r->kept.v[i];
    roster_lend(&r->roster, &unwanted);
    free(unwanted.v);
}

/* A wanted instance that is not in the roster has an id of somebody else. */
static void report(struct registrator *r)
{
    struct problems now = {0};

    for (size_t i = 0; i < r->said.n; i++)
        problems_add(&now, r->said.v[i].subject, "%s", r->said.v[i].text);
    for (size_t i = 0; i < r->wanted.n; i++) {
        const char *id = r->wanted.v[i].id;

        if (roster_find(&r->roster, id))
            continue;
        CLEAN(free_str) char *subject = xasprintf("service id %s", id);
        problems_add(&now, subject, "%s", adoption_reason(ADOPTION_CONFLICT));
    }
    if (!problems_report(AREA, &r->problems, &now))
        return;
    r->changed = true;
    next_turn(r);
}

/* What is to be cleaned up counts as ours from here on, and is not wanted. */
static void on_listed(void *arg)
{
    struct registrator *r = arg;
    struct adoptions plan = {0};

    fill_roster(r, &plan);
    report(r);
    for (size_t i = 0; i < plan.n; i++) {
        const struct adoption *a = &plan.v[i];

        if (a->action == ADOPTION_TAKE_OVER)
            log_info(AREA, "taking over what registrator left: %s", a->other->id);
        if (a->action == ADOPTION_CLEAN_UP && r->config.adopt)
            roster_put(&r->mirror.actual, a->other);
    }
    adoptions_done(&plan);
}

/* Has the registry all that is wanted, and nothing else? */
static bool is_settled(const struct registrator *r)
{
    const struct instances *actual = &r->mirror.actual;

    if (!r->mirror.listed || r->mirror.unsure.n || actual->n != r->roster.n)
        return false;
    for (size_t i = 0; i < actual->n; i++)
        if (!instance_satisfied(&r->roster.v[i], &actual->v[i]))
            return false;
    return true;
}

static void replan(struct registrator *r)
{
    fill_roster(r, NULL);
    report(r);
    r->replan = true;
    r->changed = true;
    next_turn(r);
    sync_kick(&r->sync);
}

static void pass(void *owner)
{
    struct registrator *r = owner;

    r->replan = false;
    mirror_sync(&r->mirror);
}

static void on_mirror_change(void *arg)
{
    struct registrator *r = arg;

    if (r->keep.n)
        fill_roster(r, NULL);
    r->changed = true;
    next_turn(r);
}

static void on_mirror_end(void *arg, struct err *err)
{
    struct registrator *r = arg;

    if (err)
        on_mirror_change(r);
    else if (r->on_left)
        next_turn(r);
    sync_finish(&r->sync, err);
}

static void on_lost(void *arg)
{
    struct registrator *r = arg;

    mirror_lose(&r->mirror);
    if (r->started)
        sync_kick(&r->sync);
}

static void on_resync(struct ev_loop *loop, ev_timer *w, int events)
{
    (void)loop;
    (void)events;
    on_lost(w->data);
}

static void on_feed(struct ev_loop *loop, ev_timer *w, int events)
{
    struct registrator *r = w->data;
    struct registry *registry = r->mirror.registry;

    (void)loop;
    (void)events;
    registry->ops->feed(registry, &r->mirror.actual);
}

/* A node without health checks is not woken by their timer. */
static void set_feed(struct registrator *r)
{
    bool fed = false;

    for (size_t i = 0; i < r->wanted.n; i++)
        fed = fed || r->wanted.v[i].fed;
    if (!fed || !r->mirror.registry->ops->feed) {
        ev_timer_stop(r->loop, &r->feed);
    } else if (!ev_is_active(&r->feed)) {
        ev_timer_set(&r->feed, STANDING_TTL / 2., STANDING_TTL / 2.);
        ev_timer_start(r->loop, &r->feed);
    }
}

static void on_turn(struct ev_loop *loop, ev_timer *w, int events)
{
    struct registrator *r = w->data;
    bool changed = r->changed;
    void (*on_left)(void *arg) = r->on_left;

    (void)loop;
    (void)events;
    r->changed = false;
    if (r->replan)
        mirror_replan(&r->mirror);
    r->replan = false;
    if (changed)
        r->on_change(r->arg);
    if (!on_left || !(r->leaving == REGISTRATOR_KEEP || !r->started || is_settled(r)))
        return;
    r->on_left = NULL;
    on_left(r->left_arg);
}

static void next_turn(struct registrator *r)
{
    if (ev_is_active(&r->turn))
        return;
    ev_timer_set(&r->turn, 0., 0.);
    ev_timer_start(r->loop, &r->turn);
}
