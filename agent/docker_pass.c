#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/docker_inside.h"
#include "agent/docker_runs.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/xmalloc.h"

#define AREA "docker"
#define INSPECTS_MAX 8                     /* inspects in flight */
#define INSPECT_BODY_MAX (4 * 1024 * 1024) /* bytes of one document */
#define LIST_BODY_MAX (64 * 1024 * 1024)
#define REQUEST_TIMEOUT 30.
#define API_VERSION_MAX 52 /* 1.<n>: the newest version whose documents are known */

static void get(struct docker *d, const char *path, size_t max_body,
                void (*on_done)(void *arg, const struct http_answer *answer));
static void on_ping(void *arg, const struct http_answer *answer);
static void on_networks(void *arg, const struct http_answer *answer);
static void on_list(void *arg, const struct http_answer *answer);
static void start_inspect(struct docker *d, struct inventory_entry *e);
static void report_quarantine(struct docker *d);
static void on_inspected(void *arg, const struct http_answer *answer);
static void pass_failed(struct docker *d, struct err *err);
static void finish_when_done(struct docker *d);

void docker_pass(void *owner)
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
    docker_pass_inspect(d);
    finish_when_done(d);
}

void docker_pass_inspect(struct docker *d)
{
    for (size_t i = 0; i < d->inventory.n && d->n_inspects < INSPECTS_MAX; i++) {
        struct inventory_entry *e = &d->inventory.v[i];

        if (e->dirty && !e->in_flight)
            start_inspect(d, e);
    }
}

void docker_pass_cancel(struct docker *d)
{
    while (d->inspects) {
        struct inspect *i = d->inspects;
        d->inspects = i->next;
        http_cancel(i->request);
        free(i);
    }
    http_cancel(d->request);
}

/* ---- the listing ---- */

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
    docker_pass_inspect(d);
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
        docker_pass_inspect(d);
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
