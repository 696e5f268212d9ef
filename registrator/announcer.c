#include "registrator/announcer.h"

#include <stdlib.h>

#include "lib/xmalloc.h"
#include "registrator/mirror.h"
#include "registrator/roster.h"

#define AREA "announce"

struct announcer {
    struct ev_loop *loop;
    struct registry *registry;
    struct sync sync;
    struct mirror mirror;
    struct instances wanted; /* roster */
    bool started;            /* announcer_want() has been called */
    ev_timer resync;
};

static void pass(void *owner);
static void on_mirror_change(void *arg);
static void on_mirror_end(void *arg, struct err *err);
static void on_lost(void *arg);
static void on_resync(struct ev_loop *loop, ev_timer *w, int events);

struct announcer *announcer_new(struct ev_loop *loop, struct registry *registry, double resync)
{
    struct announcer *a = xcalloc(1, sizeof *a);

    a->loop = loop;
    a->registry = registry;
    sync_init(&a->sync, loop, AREA, pass, a, 0.);
    mirror_init(&a->mirror, registry, &a->wanted, on_mirror_change, on_mirror_change, on_mirror_end,
                a);
    ev_timer_init(&a->resync, on_resync, resync, resync);
    a->resync.data = a;
    return a;
}

void announcer_set_resync(struct announcer *a, double resync)
{
    bool active = ev_is_active(&a->resync);

    if (a->resync.repeat == resync)
        return;
    a->resync.repeat = resync;
    if (active)
        ev_timer_again(a->loop, &a->resync);
}

void announcer_set_access(struct announcer *a, const struct consul_access *access)
{
    if (a->registry->ops->set_access)
        a->registry->ops->set_access(a->registry, access);
}

void announcer_free(struct announcer *a)
{
    if (!a)
        return;
    sync_done(&a->sync);
    ev_timer_stop(a->loop, &a->resync);
    a->registry->ops->free(a->registry);
    mirror_done(&a->mirror);
    instances_done(&a->wanted);
    free(a);
}

/* Somebody who has nothing to say looks once for what is left of earlier days. */
void announcer_want(struct announcer *a, const struct instances *wanted)
{
    struct instances now = {0};

    roster_fill(&now, wanted);
    if (a->started && instances_equal(&now, &a->wanted)) {
        instances_done(&now);
        return;
    }
    instances_done(&a->wanted);
    a->wanted = now;
    if (now.n && !ev_is_active(&a->resync)) {
        if (a->registry->ops->watch_own)
            a->registry->ops->watch_own(a->registry, on_lost, a);
        ev_timer_again(a->loop, &a->resync);
    }
    a->started = true;
    mirror_replan(&a->mirror);
    sync_kick(&a->sync);
}

void announcer_resync(struct announcer *a)
{
    if (ev_is_active(&a->resync))
        on_lost(a);
}

const struct sync *announcer_sync(const struct announcer *a)
{
    return &a->sync;
}

static void pass(void *owner)
{
    struct announcer *a = owner;

    mirror_sync(&a->mirror);
}

/* What is registered is read by nobody but the mirror itself. */
static void on_mirror_change(void *arg)
{
    (void)arg;
}

static void on_mirror_end(void *arg, struct err *err)
{
    struct announcer *a = arg;

    sync_finish(&a->sync, err);
}

static void on_lost(void *arg)
{
    struct announcer *a = arg;

    mirror_lose(&a->mirror);
    sync_kick(&a->sync);
}

static void on_resync(struct ev_loop *loop, ev_timer *w, int events)
{
    (void)loop;
    (void)events;
    on_lost(w->data);
}
