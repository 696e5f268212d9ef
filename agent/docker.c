#include "agent/docker.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/docker_accept.h"
#include "agent/docker_runs.h"
#include "agent/docker_stream.h"
#include "agent/tags.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/xmalloc.h"

#define AREA "docker"
#define INSPECTS_MAX 8                     /* inspects in flight */
#define INSPECT_BODY_MAX (4 * 1024 * 1024) /* bytes of one document */
#define LIST_BODY_MAX (64 * 1024 * 1024)
#define REQUEST_TIMEOUT 30.
#define REOPEN_MIN 0.1 /* seconds until a lost stream is opened again */
#define REOPEN_MAX 5.
#define API_VERSION_MAX 52 /* 1.<n>: the newest version whose documents are known */

struct docker {
    struct ev_loop *loop;
    struct http *http;
    struct docker_config config; /* its strings are ours */
    struct http_server server;
    char *keep_label;
    char *tags_text;
    struct tmpl *tags; /* of 'tags_text'; NULL: it is no template */
    void (*on_change)(void *arg);
    void *arg;
    struct docker_stream *stream;
    struct inventory inventory;
    struct docker_accept accept;
    struct problems problems;
    struct sync sync;
    char version[16];             /* "1.41" */
    bool need_list;               /* the pass begins with a full listing */
    bool listing;                 /* the pass is still at it */
    struct http_request *request; /* of the listing */
    struct inspect *inspects;     /* in flight, linked */
    unsigned n_inspects;
    struct err *pass_err; /* first thing that failed in this pass */
    ev_timer pump;        /* starts inspects out of libcurl's callbacks */
    ev_timer reopen;      /* opens a lost stream again */
    double opened;        /* ev time when the stream was opened */
    double reopen_delay;
    double last_event; /* Docker's time of the newest event */
    double listed;     /* ev time of the last full listing */
};

/* One inspect in flight. */
struct inspect {
    struct docker *docker;
    struct inspect *next;
    struct http_request *request;
    char id[CONTAINER_ID_LEN + 1];
};

static void take_config(struct docker *d, const struct docker_config *config);
static void on_event(void *arg, const struct docker_event *event);
static void on_lost(void *arg, const char *why);
static void on_pump(struct ev_loop *loop, ev_timer *w, int events);
static void on_reopen(struct ev_loop *loop, ev_timer *w, int events);
static void docker_pass(void *owner);
static void get(struct docker *d, const char *path, size_t max_body,
                void (*on_done)(void *arg, const struct http_answer *answer));
static void on_ping(void *arg, const struct http_answer *answer);
static void on_networks(void *arg, const struct http_answer *answer);
static void on_list(void *arg, const struct http_answer *answer);
static void start_inspects(struct docker *d);
static void report_quarantine(struct docker *d);
static void on_inspected(void *arg, const struct http_answer *answer);
static void pass_failed(struct docker *d, struct err *err);
static void finish_when_done(struct docker *d);

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
    while (d->inspects) {
        struct inspect *i = d->inspects;
        d->inspects = i->next;
        http_cancel(i->request);
        free(i);
    }
    http_cancel(d->request);
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
        start_inspects(d);
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

/* ---- the pass: list where needed, then inspect what is dirty ---- */

static void docker_pass(void *owner)
{
    struct docker *d = owner;
    bool resync_due =
        d->config.resync > 0. && ev_now(d->loop) - d->listed >= d->config.resync * 0.9;

    if (d->need_list || resync_due || !docker_stream_is_open(d->stream)) {
        d->need_list = false;
        d->listing = true;
        get(d, "/_ping", 1024, on_ping);
        return;
    }
    start_inspects(d);
    finish_when_done(d);
}

static void get(struct docker *d, const char *path, size_t max_body,
                void (*on_done)(void *arg, const struct http_answer *answer))
{
    CLEAN(free_str)
    char *url = d->version[0] ? xasprintf("%s/v%s%s", d->server.base, d->version, path)
                              : xasprintf("%s%s", d->server.base, path);

    d->request = http_start(d->http, &(struct http_call){.url = url,
                                                         .unix_socket = d->server.unix_socket,
                                                         .tls = &d->server.tls,
                                                         .want_header = "Api-Version",
                                                         .max_body = max_body,
                                                         .timeout = REQUEST_TIMEOUT,
                                                         .on_done = on_done,
                                                         .arg = d});
}

/* Ends the listing; the pass with it. */
static void listing_failed(struct docker *d, const struct http_answer *answer, const char *what)
{
    struct err *err = NULL;

    http_answer_err(answer, what, &err);
    d->listing = false;
    d->need_list = true;
    d->version[0] = '\0'; /* dockerd may come back as another version */
    pass_failed(d, err);
    finish_when_done(d);
}

static void on_ping(void *arg, const struct http_answer *answer)
{
    struct docker *d = arg;
    unsigned minor = 0;

    d->request = NULL;
    if (!http_answer_ok(answer)) {
        CLEAN(free_str)
        char *what = xasprintf("Docker does not answer on %s (is dockerd running? [docker] socket)",
                               d->server.unix_socket ? d->server.unix_socket : d->server.base);
        listing_failed(d, answer, what);
        return;
    }
    if (!answer->header || sscanf(answer->header, "1.%u", &minor) != 1 || minor > API_VERSION_MAX)
        minor = API_VERSION_MAX;
    snprintf(d->version, sizeof d->version, "1.%u", minor);
    if (!docker_stream_is_open(d->stream)) {
        ev_timer_stop(d->loop, &d->reopen);
        d->opened = ev_now(d->loop);
        docker_stream_open(d->stream, d->version, d->last_event);
    }
    get(d, "/networks", LIST_BODY_MAX, on_networks);
}

static void set_networks(struct docker *d, const json_t *doc)
{
    struct docker_network *v = xcalloc(json_array_size(doc), sizeof *v);
    json_t *network;
    size_t i, n = 0;

    json_array_foreach(doc, i, network) {
        const char *id = json_str(network, "Id"), *driver = json_str(network, "Driver");

        if (id && driver)
            v[n++] = (struct docker_network){xstrdup(id), xstrdup(driver)};
    }
    inventory_set_networks(&d->inventory, v, n);
}

static void on_networks(void *arg, const struct http_answer *answer)
{
    struct docker *d = arg;

    d->request = NULL;
    if (!http_answer_ok(answer)) {
        listing_failed(d, answer, "cannot list Docker's networks");
        return;
    }
    CLEAN(json) json_t *doc = json_parse(answer->body, answer->len, NULL);
    set_networks(d, doc);
    get(d, d->config.watch_failed ? "/containers/json?all=1" : "/containers/json", LIST_BODY_MAX,
        on_list);
}

/* Everything in the list must be inspected; what is not in it does not run any more. */
static void sweep(struct docker *d, const json_t *list)
{
    struct inventory *inv = &d->inventory;
    json_t *item;
    size_t i;

    for (i = 0; i < inv->n; i++)
        inv->v[i].listed = false;
    json_array_foreach(list, i, item) {
        const char *id = json_str(item, "Id");

        if (id && container_id_valid(id)) {
            struct inventory_entry *e = inventory_touch(inv, id);
            e->listed = e->dirty = true;
        }
    }
    for (i = inv->n; i--;)
        if (!inv->v[i].listed && !inv->v[i].dirty && !inv->v[i].in_flight) {
            struct docker_run run = docker_run_of(&inv->v[i]);
            docker_runs_ended(inv->v[i].id, &run);
            inventory_remove(inv, inv->v[i].id);
        }
    inv->listings++;
}

static void on_list(void *arg, const struct http_answer *answer)
{
    struct docker *d = arg;
    struct err *err = NULL;

    d->request = NULL;
    if (!http_answer_ok(answer)) {
        listing_failed(d, answer, "cannot list the containers");
        return;
    }
    d->listing = false;
    CLEAN(json) json_t *list = json_parse(answer->body, answer->len, &err);
    if (!json_is_array(list)) {
        d->need_list = true;
        if (!err)
            err_set(&err, "it is no array");
        err_wrap(&err, "Docker's list of containers cannot be read");
        pass_failed(d, err);
        finish_when_done(d);
        return;
    }
    sweep(d, list);
    report_quarantine(d);
    d->listed = ev_now(d->loop);
    d->on_change(d->arg); /* networks and containers may have come and gone */
    start_inspects(d);
    finish_when_done(d);
}

/* ---- inspects ---- */

static void start_inspect(struct docker *d, struct inventory_entry *e)
{
    struct inspect *i = xcalloc(1, sizeof *i);
    CLEAN(free_str)
    char *url = xasprintf("%s/v%s/containers/%s/json", d->server.base, d->version, e->id);

    e->dirty = false;
    e->in_flight = true;
    i->docker = d;
    memcpy(i->id, e->id, sizeof i->id);
    i->next = d->inspects;
    d->inspects = i;
    d->n_inspects++;
    i->request = http_start(d->http, &(struct http_call){.url = url,
                                                         .unix_socket = d->server.unix_socket,
                                                         .tls = &d->server.tls,
                                                         .max_body = INSPECT_BODY_MAX,
                                                         .timeout = REQUEST_TIMEOUT,
                                                         .on_done = on_inspected,
                                                         .arg = i});
}

static void start_inspects(struct docker *d)
{
    for (size_t i = 0; i < d->inventory.n && d->n_inspects < INSPECTS_MAX; i++) {
        struct inventory_entry *e = &d->inventory.v[i];

        if (e->dirty && !e->in_flight)
            start_inspect(d, e);
    }
}

static void inspect_free(struct inspect *i)
{
    struct docker *d = i->docker;
    struct inspect **at = &d->inspects;

    while (*at != i)
        at = &(*at)->next;
    *at = i->next;
    d->n_inspects--;
    free(i);
}

static void report_quarantine(struct docker *d)
{
    struct problems now = {0};

    for (size_t i = 0; i < d->inventory.n; i++) {
        const struct inventory_entry *e = &d->inventory.v[i];

        if (e->quarantine) {
            CLEAN(free_str) char *subject = xasprintf("container %.12s", e->id);
            problems_add(&now, subject, "left out: %s; see docker inspect %.12s", e->quarantine,
                         e->id);
        }
    }
    problems_report(AREA, &d->problems, &now);
}

/* Takes the answer, and says what it means for the run; 'e' is void afterwards. */
static bool take_answer(struct docker *d, const struct inventory_entry *e, const char *id,
                        const struct http_answer *answer)
{
    struct docker_run before = docker_run_of(e);
    bool changed = docker_accept(&d->accept, &d->inventory, id, answer);

    if (changed && d->inventory.complete)
        docker_runs_report(inventory_find(&d->inventory, id), id, &before);
    return changed;
}

static void on_inspected(void *arg, const struct http_answer *answer)
{
    struct inspect *i = arg;
    struct docker *d = i->docker;
    struct inventory_entry *e = inventory_find(&d->inventory, i->id);
    struct err *err = NULL;
    bool changed = false;

    if (e)
        e->in_flight = false;
    if (answer->err) {
        if (e)
            e->dirty = true;
        http_answer_err(answer, "cannot inspect a container", &err);
        pass_failed(d, err);
    } else {
        changed = take_answer(d, e, i->id, answer);
    }
    if (changed)
        report_quarantine(d);
    inspect_free(i);
    if (!d->pass_err)
        start_inspects(d);
    finish_when_done(d);
    if (changed)
        d->on_change(d->arg);
}

/* ---- the end of a pass ---- */

/* Keeps the first error; takes 'err' over. */
static void pass_failed(struct docker *d, struct err *err)
{
    if (d->pass_err)
        err_free(err);
    else
        d->pass_err = err;
}

static void finish_when_done(struct docker *d)
{
    if (!d->sync.running || d->listing || d->n_inspects)
        return;
    if (!d->pass_err && !d->inventory.complete) {
        d->inventory.complete = true;
        log_info(AREA, "containers known=%zu api-version=%s", d->inventory.n, d->version);
        d->on_change(d->arg);
    }
    sync_finish(&d->sync, TAKE_PTR(d->pass_err));
}
