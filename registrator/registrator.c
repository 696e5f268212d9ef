#include "registrator/registrator.h"

#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"
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
    struct instances roster; /* the same by id */
    bool started;            /* registrator_want() has been called */
    ev_timer resync;
    ev_timer feed; /* while something is fed */
    bool replan;   /* what is wanted has changed */
    bool changed;  /* 'on_change' is to be called */
    ev_timer turn; /* does both in the next turn of the loop */
};

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
    mirror_init(&r->mirror, registry, &r->roster, on_mirror_change, on_mirror_end, r);
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
    free(r->node);
    free(r);
}

void registrator_want(struct registrator *r, const struct endpoint *v, size_t n)
{
    struct instances wanted = {0};
    struct problems problems = {0};

    instances_from_endpoints(&r->config, v, n, &wanted, &problems);
    if (problems_report(AREA, &r->problems, &problems)) {
        r->changed = true;
        next_turn(r);
    }
    if (r->started && instances_equal(&wanted, &r->wanted)) {
        instances_done(&wanted);
        return;
    }
    instances_done(&r->wanted);
    r->wanted = wanted;
    roster_fill(&r->roster, &wanted);
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
