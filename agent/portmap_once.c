#include "agent/portmap_once.h"

#include <ev.h>

#include "agent/agent.h"

#define PATIENCE 60. /* seconds until it is given up */

struct once {
    struct agent *agent;
    bool late;
    ev_prepare look;
    ev_timer limit;
};

static void run(struct once *o);
static void on_look(struct ev_loop *loop, ev_prepare *look, int events);
static void on_limit(struct ev_loop *loop, ev_timer *limit, int events);
static int outcome(const struct once *o, struct problems *problems, struct err **err);

int portmap_once(const struct config *config, struct problems *problems, struct err **err)
{
    static char nowhere[] = "";
    struct config rooms = *config;
    struct ev_loop *loop = ev_default_loop(EVFLAG_AUTO);
    int r = -1;

    rooms.portmap = true;
    rooms.registrator = rooms.lb = false;
    rooms.admin = nowhere;
    struct once o = {.agent = agent_new(loop, &rooms, err)};
    if (o.agent) {
        run(&o);
        r = outcome(&o, problems, err);
    }
    agent_free(o.agent);
    ev_loop_destroy(loop);
    return r;
}

static void run(struct once *o)
{
    struct ev_loop *loop = o->agent->loop;

    ev_prepare_init(&o->look, on_look);
    ev_timer_init(&o->limit, on_limit, PATIENCE, 0.);
    o->look.data = o->limit.data = o;
    ev_prepare_start(loop, &o->look);
    ev_timer_start(loop, &o->limit);
    agent_start(o->agent);
    ev_run(loop, 0);
    ev_prepare_stop(loop, &o->look);
    ev_timer_stop(loop, &o->limit);
}

/* Before the loop sleeps: is it done, or in vain? */
static void on_look(struct ev_loop *loop, ev_prepare *look, int events)
{
    const struct once *o = look->data;

    (void)events;
    if (portmap_sync(o->agent->portmap)->passes || docker_sync(o->agent->docker)->last_error)
        ev_break(loop, EVBREAK_ALL);
}

static void on_limit(struct ev_loop *loop, ev_timer *limit, int events)
{
    struct once *o = limit->data;

    (void)events;
    o->late = true;
    ev_break(loop, EVBREAK_ALL);
}

static int outcome(const struct once *o, struct problems *problems, struct err **err)
{
    const struct problems *found = portmap_problems(o->agent->portmap);
    const char *failed = portmap_sync(o->agent->portmap)->last_error;

    if (!portmap_sync(o->agent->portmap)->passes && docker_sync(o->agent->docker)->last_error)
        return err_set(err, "docker: %s", docker_sync(o->agent->docker)->last_error);
    if (o->late)
        return err_set(err, "Docker does not answer within %.0f seconds", PATIENCE);
    for (size_t i = 0; i < found->n; i++)
        problems_add(problems, found->v[i].subject, "%s", found->v[i].text);
    return failed ? err_set(err, "portmap: %s", failed) : 0;
}
