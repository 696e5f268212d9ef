#include "agent/portmap_once.h"

#include <ev.h>

#include "agent/derive.h"
#include "agent/docker.h"
#include "lib/http.h"
#include "lib/xmalloc.h"
#include "portmap/portmap.h"

#define PATIENCE 60. /* seconds until it is given up */

struct once {
    const struct config *config;
    struct ev_loop *loop;
    struct docker *docker;
    struct portmap *portmap;
    bool wanted; /* portmap has been told what runs */
    bool late;
    ev_prepare look;
    ev_timer limit;
};

static void run(struct once *o);
static void on_change(void *arg);
static void on_look(struct ev_loop *loop, ev_prepare *look, int events);
static void on_limit(struct ev_loop *loop, ev_timer *limit, int events);
static int outcome(const struct once *o, struct problems *problems, struct err **err);

int portmap_once(const struct config *config, struct problems *problems, struct err **err)
{
    CLEAN(free_str) char *ports_file = xasprintf("%s/ports", config->state_dir);
    CLEAN(free_str) char *undo_file = xasprintf("%s/undo", config->state_dir);
    struct once o = {.config = config, .loop = ev_default_loop(EVFLAG_AUTO)};
    struct http *http = http_new(o.loop);
    int r = -1;

    o.docker = docker_new(
        o.loop, http,
        &(struct docker_config){.socket = config->docker_socket, .drain_max = config->drain_max},
        on_change, &o);
    o.portmap = portmap_new(o.loop,
                            &(struct portmap_config){.pool = config->pool_ports,
                                                     .mark = config->mark,
                                                     .quarantine = config->quarantine,
                                                     .ports_file = ports_file,
                                                     .undo_file = undo_file},
                            on_change, &o, err);
    if (o.portmap) {
        run(&o);
        r = outcome(&o, problems, err);
    }
    portmap_free(o.portmap);
    docker_free(o.docker);
    http_free(http);
    ev_loop_destroy(o.loop);
    return r;
}

static void run(struct once *o)
{
    ev_prepare_init(&o->look, on_look);
    ev_timer_init(&o->limit, on_limit, PATIENCE, 0.);
    o->look.data = o->limit.data = o;
    ev_prepare_start(o->loop, &o->look);
    ev_timer_start(o->loop, &o->limit);
    docker_start(o->docker);
    ev_run(o->loop, 0);
    ev_prepare_stop(o->loop, &o->look);
    ev_timer_stop(o->loop, &o->limit);
}

/* Nobody else runs who could still need the mapping of a container that has ended. */
static void on_change(void *arg)
{
    struct once *o = arg;
    struct endpoints endpoints = {0};

    if (o->wanted || !docker_inventory(o->docker)->complete)
        return;
    o->wanted = true;
    endpoints_from_inventory(docker_inventory(o->docker), ev_now(o->loop), o->config->drain_max,
                             &endpoints);
    portmap_want(o->portmap, endpoints.v, endpoints.n, NULL);
    endpoints_done(&endpoints);
}

/* Before the loop sleeps: is it done, or in vain? */
static void on_look(struct ev_loop *loop, ev_prepare *look, int events)
{
    const struct once *o = look->data;
    bool over = o->wanted ? portmap_sync(o->portmap)->passes > 0
                          : docker_sync(o->docker)->last_error != NULL;

    (void)events;
    if (over)
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
    const struct problems *found = portmap_problems(o->portmap);
    const char *failed = portmap_sync(o->portmap)->last_error;

    if (!o->wanted && docker_sync(o->docker)->last_error)
        return err_set(err, "docker: %s", docker_sync(o->docker)->last_error);
    if (o->late)
        return err_set(err, "Docker does not answer within %.0f seconds", PATIENCE);
    for (size_t i = 0; i < found->n; i++)
        problems_add(problems, found->v[i].subject, "%s", found->v[i].text);
    return failed ? err_set(err, "portmap: %s", failed) : 0;
}
