#include "agent/docker.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "agent/docker_inside.h"
#include "agent/docker_runs.h"
#include "agent/tags.h"
#include "lib/log.h"
#include "lib/xmalloc.h"

#define AREA "docker"
#define REOPEN_MIN 0.1 /* seconds until a lost stream is opened again */
#define REOPEN_MAX 5.

static void take_config(struct docker *d, const struct docker_config *config);
static void on_event(void *arg, const struct docker_event *event);
static void on_lost(void *arg, const char *why);
static void on_pump(struct ev_loop *loop, ev_timer *w, int events);
static void on_reopen(struct ev_loop *loop, ev_timer *w, int events);

struct docker *docker_new(struct ev_loop *loop, struct http *http,
                          const struct docker_config *config, void (*on_change)(void *arg),
                          void *arg)
{
    struct docker *d = xcalloc(1, sizeof *d);

    d->loop = loop;
    d->http = http;
    http_server_copy(&d->server, config->server);
    take_config(d, config);
    d->on_change = on_change;
    d->arg = arg;
    d->stream = docker_stream_new(
        http, &d->server,
        &(struct docker_stream_handlers){.on_event = on_event, .on_lost = on_lost, .arg = d});
    sync_init(&d->sync, loop, AREA, docker_pass, d, config->resync);
    ev_timer_init(&d->pump, on_pump, 0., 0.);
    ev_timer_init(&d->reopen, on_reopen, 0., 0.);
    d->pump.data = d->reopen.data = d;
    d->reopen_delay = REOPEN_MIN;
    return d;
}

void docker_free(struct docker *d)
{
    if (!d)
        return;
    docker_pass_cancel(d);
    docker_stream_free(d->stream);
    ev_timer_stop(d->loop, &d->pump);
    ev_timer_stop(d->loop, &d->reopen);
    sync_done(&d->sync);
    inventory_done(&d->inventory);
    problems_done(&d->problems);
    err_free(d->pass_err);
    http_server_done(&d->server);
    free(d->keep_label);
    free(d->tags_text);
    tmpl_free(d->tags);
    free(d);
}

void docker_set_config(struct docker *d, const struct docker_config *config)
{
    bool same = !strcmp(config->keep_label, d->keep_label) && !strcmp(config->tags, d->tags_text) &&
                config->watch_failed == d->config.watch_failed;

    sync_set_resync(&d->sync, config->resync);
    d->config.resync = config->resync;
    d->config.drain_max = config->drain_max;
    if (same)
        return;
    take_config(d, config);
    inventory_forget(&d->inventory);
    d->need_list = true;
    sync_kick(&d->sync);
}

void docker_start(struct docker *d)
{
    d->last_event = ev_now(d->loop) - d->config.drain_max;
    d->need_list = true;
    sync_kick(&d->sync);
}

void docker_resync(struct docker *d)
{
    d->need_list = true;
    sync_kick(&d->sync);
}

const struct inventory *docker_inventory(const struct docker *d)
{
    return &d->inventory;
}

bool docker_is_connected(const struct docker *d)
{
    return docker_stream_is_open(d->stream);
}

uint64_t docker_events(const struct docker *d)
{
    return docker_stream_count(d->stream);
}

const struct sync *docker_sync(const struct docker *d)
{
    return &d->sync;
}

const struct problems *docker_problems(const struct docker *d)
{
    return &d->problems;
}

/* The server is not looked at. */
static void take_config(struct docker *d, const struct docker_config *config)
{
    uint64_t revision = d->accept.revision;

    free(d->keep_label);
    free(d->tags_text);
    tmpl_free(d->tags);
    d->config = *config;
    d->config.server = &d->server;
    d->config.keep_label = d->keep_label = xstrdup(config->keep_label);
    d->config.tags = d->tags_text = xstrdup(config->tags);
    d->tags = tags_is_template(config->tags) ? tags_parse(config->tags, NULL) : NULL;
    d->accept = (struct docker_accept){.keep_label = d->keep_label,
                                       .tags = d->tags,
                                       .watch_failed = config->watch_failed,
                                       .revision = revision};
}

/* ---- events ---- */

static bool ends_container(const struct inventory_entry *e, int signal)
{
    return signal == SIGTERM || signal == SIGKILL || signal == SIGINT || signal == SIGQUIT ||
           (e->container && signal == e->container->stop_signal);
}

static void on_kill(struct docker *d, const struct docker_event *event)
{
    struct inventory_entry *e = inventory_touch(&d->inventory, event->container_id);

    if (!e->container) /* repeated from before we came: look whether it still runs */
        e->dirty = true;
    if (!ends_container(e, event->signal) || event->time <= e->stop_asked)
        return;
    e->stop_asked = event->time;
    if (e->container && e->stop_asked > e->container->started) {
        docker_runs_stopping(e, event->signal);
        d->on_change(d->arg);
    }
}

static void on_news(struct inventory_entry *e, const struct docker_event *event)
{
    e->dirty = true;
    if (event->time > e->told)
        e->told = event->time;
    if (event->ends && event->time > e->died)
        e->died = event->time;
}

/* Called inside libcurl: only marks. */
static void on_event(void *arg, const struct docker_event *event)
{
    struct docker *d = arg;

    if (event->time > d->last_event)
        d->last_event = event->time;
    switch (event->kind) {
    case DOCKER_EVENT_OTHER:
        return;
    case DOCKER_EVENT_NETWORK:
        d->need_list = true;
        break;
    case DOCKER_EVENT_KILL:
        on_kill(d, event);
        break;
    case DOCKER_EVENT_CONTAINER:
        on_news(inventory_touch(&d->inventory, event->container_id), event);
        break;
    }
    if (!ev_is_active(&d->pump))
        ev_timer_start(d->loop, &d->pump);
}

static void on_pump(struct ev_loop *loop, ev_timer *w, int events)
{
    struct docker *d = w->data;

    (void)loop;
    (void)events;
    ev_timer_stop(d->loop, &d->pump);
    /* A container that is slow to inspect must not hold up one that has just started. */
    if (d->sync.running && !d->listing && !d->need_list)
        docker_pass_inspect(d);
    else
        sync_kick(&d->sync);
}

static void on_lost(void *arg, const char *why)
{
    struct docker *d = arg;
    double lived = ev_now(d->loop) - d->opened;

    log_debug(AREA, "%s after %.1f s", why, lived);
    d->reopen_delay = lived > REOPEN_MAX                  ? REOPEN_MIN
                      : d->reopen_delay * 2. > REOPEN_MAX ? REOPEN_MAX
                                                          : d->reopen_delay * 2.;
    ev_timer_stop(d->loop, &d->reopen);
    ev_timer_set(&d->reopen, d->reopen_delay, 0.);
    ev_timer_start(d->loop, &d->reopen);
}

static void on_reopen(struct ev_loop *loop, ev_timer *w, int events)
{
    struct docker *d = w->data;

    (void)loop;
    (void)events;
    d->need_list = true;
    sync_kick(&d->sync);
}
