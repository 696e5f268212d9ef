#include "registrator/registrator.h"

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/xmalloc.h"
#include "registrator/adoption.h"
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
    struct instances wanted; /* sorted by instance_cmp() */
    struct instances roster; /* the same by id, without those whose id somebody else has */
    struct strv running;     /* names of containers */
    struct problems said;    /* what labels are wrong about; 'problems' has conflicts, too */
    bool started;            /* registrator_want() has been called */
    ev_timer resync;
    ev_timer feed; /* while something is fed */
    bool replan;   /* what is wanted has changed */
    bool changed;  /* 'on_change' is to be called */
    ev_timer turn; /* does both in the next turn of the loop */
};

static void fill_roster(struct registrator *r, struct adoptions *ret);
static void report(struct registrator *r);
static void on_listed(void *arg);
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
    r->config = *config;
    r->config.node = r->node;
    r->on_change = on_change;
    r->arg = arg;
    sync_init(&r->sync, loop, AREA, pass, r, 0.);
    mirror_init(&r->mirror, registry, &r->roster, on_listed, on_mirror_change, on_mirror_end, r);
    ev_timer_init(&r->resync, on_resync, config->resync, config->resync);
    r->resync.data = r;
    if (config->resync > 0.)
        ev_timer_start(loop, &r->resync);
    ev_timer_init(&r->feed, on_feed, STANDING_TTL / 2., STANDING_TTL / 2.);
    r->feed.data = r;
    ev_timer_init(&r->turn, on_turn, 0., 0.);
    r->turn.data = r;
    if (registry->ops->watch_own)
        registry->ops->watch_own(registry, on_lost, r);
    return r;
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
    instances_done(&r->wanted);
    instances_done(&r->roster);
    problems_done(&r->problems);
    problems_done(&r->said);
    strv_done(&r->running);
    free(r->node);
    free(r);
}

void registrator_want(struct registrator *r, const struct endpoint *v, size_t n)
{
    struct instances wanted = {0};

    problems_done(&r->said);
    instances_from_endpoints(&r->config, v, n, &wanted, &r->said);
    strv_done(&r->running);
    for (size_t i = 0; i < n; i++)
        if (!i || strcmp(v[i].container_id, v[i - 1].container_id))
            strv_add(&r->running, v[i].container_name);
    if (r->started && instances_equal(&wanted, &r->wanted)) {
        instances_done(&wanted);
        report(r);
        return;
    }
    instances_done(&r->wanted);
    r->wanted = wanted;
    fill_roster(r, NULL);
    report(r);
    set_feed(r);
    r->started = true;
    r->replan = true;
    r->changed = true;
    next_turn(r);
    sync_kick(&r->sync);
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

const struct problems *registrator_problems(const struct registrator *r)
{
    return &r->problems;
}

const struct sync *registrator_sync(const struct registrator *r)
{
    return &r->sync;
}

/* Puts into 'ret', where that is not NULL, what is to be done with services of others. */
static void fill_roster(struct registrator *r, struct adoptions *ret)
{
    struct registry *registry = r->mirror.registry;
    const struct instances *others = registry->ops->others ? registry->ops->others(registry) : NULL;
    struct adoptions plan = {0};

    roster_fill(&r->roster, &r->wanted);
    if (others)
        adoptions_plan(r->node, others, &r->roster, &r->running, &plan);
    for (size_t i = 0; i < plan.n; i++)
        if (plan.v[i].action == ADOPTION_CONFLICT)
            roster_remove(&r->roster, plan.v[i].other->id);
    if (ret)
        *ret = plan;
    else
        adoptions_done(&plan);
}

/* A wanted instance that is not in the roster has an id of somebody else. */
static void report(struct registrator *r)
{
    struct problems now = {0};

    for (size_t i = 0; i < r->said.n; i++)
        problems_add(&now, r->said.v[i].subject, "%s", r->said.v[i].text);
    for (size_t i = 0; i < r->wanted.n; i++) {
        const char *id = r->wanted.v[i].id;
        CLEAN(free_str) char *subject = xasprintf("service id %s", id);

        if (!roster_find(&r->roster, id))
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

static void pass(void *owner)
{
    struct registrator *r = owner;

    mirror_sync(&r->mirror);
}

static void on_mirror_change(void *arg)
{
    struct registrator *r = arg;

    r->changed = true;
    next_turn(r);
}

static void on_mirror_end(void *arg, struct err *err)
{
    struct registrator *r = arg;

    if (err)
        on_mirror_change(r);
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

    (void)loop;
    (void)events;
    r->changed = false;
    if (r->replan)
        mirror_replan(&r->mirror);
    r->replan = false;
    if (changed)
        r->on_change(r->arg);
}

static void next_turn(struct registrator *r)
{
    if (ev_is_active(&r->turn))
        return;
    ev_timer_set(&r->turn, 0., 0.);
    ev_timer_start(r->loop, &r->turn);
}
