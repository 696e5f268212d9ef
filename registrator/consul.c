#include "registrator/consul.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "registrator/consul_catalog.h"
#include "registrator/consul_client.h"
#include "registrator/consul_feed.h"
#include "registrator/consul_journal.h"
#include "registrator/consul_json.h"
#include "registrator/consul_own.h"
#include "registrator/consul_probe.h"
#include "registrator/url.h"

#define TIMEOUT 10. /* seconds for one answer */
#define STEPS_MAX 4 /* register, end maintenance, begin it, tell Docker's health */

/* One PUT. */
struct step {
    char *path;
    char *body; /* NULL: none */
};

/* One put or delete under way: its steps follow each other while they succeed. */
struct call {
    struct consul *consul;
    struct call *prev, *next;
    struct http_request *request;
    char *id;
    bool absent_is_fine; /* a delete */
    struct step steps[STEPS_MAX];
    unsigned n_steps, at; /* 'at': the step under way */
    bool replaces;        /* the registration ends maintenance */
    char *service;        /* to be noted in the journal; NULL: none */
    void (*done)(void *arg, const struct err *err);
    void *arg;
};

/* The list under way: services, then checks. */
struct listing {
    struct http_request *request; /* NULL: no list is under way */
    struct sbuf services;         /* answer to the first question */
    void (*done)(void *arg, const struct instances *list, const struct err *err);
    void *arg;
};

struct consul {
    struct registry base;
    struct consul_client client;
    char *node;
    char *catalog_file; /* NULL: none */
    struct consul_journal *journal;
    struct call *calls;
    struct listing listing;
    struct instances others; /* of the last listing */
    bool listed;
    struct consul_own *own;
    struct consul_catalog *catalog;
    struct consul_feed *feed; /* NULL: nothing was fed yet */
};

static void consul_list(struct registry *r,
                        void (*done)(void *arg, const struct instances *list,
                                     const struct err *err),
                        void *arg);
static void consul_put(struct registry *r, const struct instance *i, const struct instance *actual,
                       void (*done)(void *arg, const struct err *err), void *arg);
static void consul_del(struct registry *r, const struct instance *actual,
                       void (*done)(void *arg, const struct err *err), void *arg);
static void consul_watch_own(struct registry *r, void (*on_lost)(void *arg), void *arg);
static void consul_watch_catalog(struct registry *r,
                                 void (*on_catalog)(void *arg, const struct catalog *catalog,
                                                    const struct err *err),
                                 void *arg);
static void consul_catalog_watch(struct registry *r, struct catalog_watch *ret);
static void consul_feed_list(struct registry *r, const struct instances *list);
static const struct instances *consul_others(struct registry *r);
static void consul_set_access(struct registry *r, const struct consul_access *access);
static void consul_free(struct registry *r);
static void on_services(void *arg, const struct http_answer *answer);
static void on_checks(void *arg, const struct http_answer *answer);
static struct call *call_new(struct consul *c, const char *id,
                             void (*done)(void *arg, const struct err *err), void *arg);
static void call_free(struct call *call);
static void add_register(struct call *call, const struct instance *i,
                         const struct instance *actual);
static void add_state(struct call *call, const struct instance *i, const struct instance *actual);
static const char *maintenance(const struct instance *i);
static void add_step(struct call *call, char *path, char *body);
static void start(struct call *call);
static void on_answer(void *arg, const struct http_answer *answer);
static bool is_same_definition(const struct instance *i, const struct instance *actual);
static char *id_path(const char *action, const char *id, const char *query);

static const struct registry_ops consul_ops = {
    .name = "consul",
    .list = consul_list,
    .put = consul_put,
    .del = consul_del,
    .watch_own = consul_watch_own,
    .watch_catalog = consul_watch_catalog,
    .catalog_watch = consul_catalog_watch,
    .feed = consul_feed_list,
    .others = consul_others,
    .set_access = consul_set_access,
    .free = consul_free,
};

struct registry *consul_registry_new(struct ev_loop *loop, struct http *http,
                                     const struct consul_config *config, struct err **err)
{
    struct consul *c = xcalloc(1, sizeof *c);

    if (consul_client_init(&c->client, loop, http, &config->access, err)) {
        free(c);
        return NULL;
    }
    c->base.ops = &consul_ops;
    c->node = xstrdup(config->node);
    c->catalog_file = config->catalog_file ? xstrdup(config->catalog_file) : NULL;
    c->journal = consul_journal_new(&c->client, config->node);
    return &c->base;
}

static void
consul_list(struct registry *r,
            void (*done)(void *arg, const struct instances *list, const struct err *err), void *arg)
{
    struct consul *c = (struct consul *)r;

    c->listing.done = done;
    c->listing.arg = arg;
    c->listing.request =
        consul_client_start(&c->client, NULL, "/v1/agent/services", NULL, TIMEOUT, on_services, c);
}

static void consul_put(struct registry *r, const struct instance *i, const struct instance *actual,
                       void (*done)(void *arg, const struct err *err), void *arg)
{
    struct call *call = call_new((struct consul *)r, i->id, done, arg);

    call->service = xstrdup(i->service);
    if (!is_same_definition(i, actual))
        add_register(call, i, actual);
    add_state(call, i, actual);
    if (!call->n_steps)
        add_register(call, i, actual);
    start(call);
}

static void consul_del(struct registry *r, const struct instance *actual,
                       void (*done)(void *arg, const struct err *err), void *arg)
{
    struct call *call = call_new((struct consul *)r, actual->id, done, arg);

    call->service = xstrdup(actual->service);
    call->absent_is_fine = true;
    add_step(call, id_path("deregister", actual->id, ""), NULL);
    start(call);
}

static void consul_watch_own(struct registry *r, void (*on_lost)(void *arg), void *arg)
{
    struct consul *c = (struct consul *)r;

    consul_own_free(c->own);
    c->own = consul_own_new(&c->client, on_lost, arg);
}

static void consul_watch_catalog(struct registry *r,
                                 void (*on_catalog)(void *arg, const struct catalog *catalog,
                                                    const struct err *err),
                                 void *arg)
{
    struct consul *c = (struct consul *)r;

    consul_catalog_free(c->catalog);
    c->catalog = consul_catalog_new(&c->client, c->catalog_file, on_catalog, arg);
}

static void consul_catalog_watch(struct registry *r, struct catalog_watch *ret)
{
    const struct consul *c = (struct consul *)r;

    consul_catalog_tell(c->catalog, ret);
}

static void consul_feed_list(struct registry *r, const struct instances *list)
{
    struct consul *c = (struct consul *)r;

    if (!c->feed)
        c->feed = consul_feed_new(&c->client);
    consul_feed_start(c->feed, list);
}

static const struct instances *consul_others(struct registry *r)
{
    struct consul *c = (struct consul *)r;

    return c->listed ? &c->others : NULL;
}

static void consul_set_access(struct registry *r, const struct consul_access *access)
{
    consul_client_set_access(&((struct consul *)r)->client, access);
}

static void consul_free(struct registry *r)
{
    struct consul *c = (struct consul *)r;

    while (c->calls)
        call_free(c->calls);
    http_cancel(c->listing.request);
    sbuf_done(&c->listing.services);
    instances_done(&c->others);
    consul_own_free(c->own);
    consul_catalog_free(c->catalog);
    consul_feed_free(c->feed);
    consul_journal_free(c->journal);
    consul_client_done(&c->client);
    free(c->catalog_file);
    free(c->node);
    free(c);
}

static void on_services(void *arg, const struct http_answer *answer)
{
    struct consul *c = arg;
    CLEAN(err) struct err *err = NULL;

    c->listing.request = NULL;
    if (!http_answer_ok(answer)) {
        http_answer_err(answer, "cannot list Consul's services", &err);
        c->listing.done(c->listing.arg, NULL, err);
        return;
    }
    sbuf_clear(&c->listing.services);
    sbuf_add(&c->listing.services, answer->body, answer->len);
    c->listing.request =
        consul_client_start(&c->client, NULL, "/v1/agent/checks", NULL, TIMEOUT, on_checks, c);
}

static void on_checks(void *arg, const struct http_answer *answer)
{
    struct consul *c = arg;
    struct sbuf *services = &c->listing.services;
    CLEAN(err) struct err *err = NULL;
    struct instances list = {0}, others = {0};

    c->listing.request = NULL;
    if (!http_answer_ok(answer)) {
        http_answer_err(answer, "cannot list Consul's checks", &err);
    } else if (!consul_json_own(services->data, services->len, answer->body, answer->len, c->node,
                                &list, &others, &err)) {
        instances_done(&c->others);
        c->others = others;
        c->listed = true;
    }
    sbuf_done(services);
    c->listing.done(c->listing.arg, err ? NULL : &list, err);
    instances_done(&list);
}

static struct call *call_new(struct consul *c, const char *id,
                             void (*done)(void *arg, const struct err *err), void *arg)
{
    struct call *call = xcalloc(1, sizeof *call);

    call->consul = c;
    call->id = xstrdup(id);
    call->done = done;
    call->arg = arg;
    call->next = c->calls;
    if (call->next)
        call->next->prev = call;
    c->calls = call;
    return call;
}

static void call_free(struct call *call)
{
    if (call->prev)
        call->prev->next = call->next;
    else
        call->consul->calls = call->next;
    if (call->next)
        call->next->prev = call->prev;
    http_cancel(call->request);
    for (unsigned k = 0; k < call->n_steps; k++) {
        free(call->steps[k].path);
        free(call->steps[k].body);
    }
    free(call->id);
    free(call->service);
    free(call);
}

/* Checks that are there already stay, maintenance too, unless they are replaced. */
static void add_register(struct call *call, const struct instance *i, const struct instance *actual)
{
    const char *wanted = kvs_get(&i->meta, META_PROBES);
    const char *has = actual ? kvs_get(&actual->meta, META_PROBES) : NULL;
    bool same = actual && !strcmp(wanted ? wanted : "", has ? has : "");

    call->replaces = !same;
    add_step(call,
             xasprintf("/v1/agent/service/register%s", same ? "" : "?replace-existing-checks=true"),
             consul_json_register(i));
}

/* Consul keeps the first reason of a maintenance until it ends. */
static void add_state(struct call *call, const struct instance *i, const struct instance *actual)
{
    const char *wanted = maintenance(i);
    const char *has = actual && !call->replaces ? maintenance(actual) : NULL;
    bool told = actual && actual->fed && !call->replaces && actual->state == i->state;
    char *result = i->fed && !told ? consul_probe_result(i->state) : NULL;

    if (has && (!wanted || strcmp(has, wanted)))
        add_step(call, id_path("maintenance", i->id, "?enable=false"), NULL);
    if (wanted && (!has || strcmp(has, wanted))) {
        CLEAN(free_str) char *query = xasprintf("?enable=true&reason=%s", wanted);
        add_step(call, id_path("maintenance", i->id, query), NULL);
    }
    if (result)
        add_step(call, consul_feed_path(i->id), result);
}

/* The reason, as a URL has it; NULL: it takes traffic, or its checks say that it does not. */
static const char *maintenance(const struct instance *i)
{
    switch (i->state) {
    case INSTANCE_DRAINING:
        return "berth%3A%20draining";
    case INSTANCE_PAUSED:
        return CONSUL_PAUSED;
    case INSTANCE_PASSING:
    case INSTANCE_WARNING:
    case INSTANCE_STARTING:
    case INSTANCE_CRITICAL:
        return NULL;
    }
    return NULL;
}

/* Takes over both strings. */
static void add_step(struct call *call, char *path, char *body)
{
    call->steps[call->n_steps++] = (struct step){path, body};
}

static void start(struct call *call)
{
    const struct step *step = &call->steps[call->at];

    call->request = consul_client_start(&call->consul->client, "PUT", step->path, step->body,
                                        TIMEOUT, on_answer, call);
}

/* The call is gone before its end is told: whoever hears of it may free the registry. */
static void on_answer(void *arg, const struct http_answer *answer)
{
    struct call *call = arg, ended = *call;
    CLEAN(free_str) char *what = xasprintf("cannot write '%s' to Consul", call->id);
    CLEAN(err) struct err *err = NULL;

    call->request = NULL;
    if (!http_answer_ok(answer) && !(call->absent_is_fine && answer->status == 404))
        http_answer_err(answer, what, &err);
    if (!err && ++call->at < call->n_steps) {
        start(call);
        return;
    }
    if (!err && call->service)
        consul_journal_note(call->consul->journal, call->service);
    call_free(call);
    ended.done(ended.arg, err);
}

/* But for the state, which the registration does not hold. */
static bool is_same_definition(const struct instance *i, const struct instance *actual)
{
    struct instance other;

    if (!actual)
        return false;
    other = *actual;
    other.state = i->state;
    return instance_satisfied(i, &other);
}

static char *id_path(const char *action, const char *id, const char *query)
{
    struct sbuf path = SBUF_INIT;

    sbuf_addf(&path, "/v1/agent/service/%s/", action);
    url_add_escaped(&path, id);
    sbuf_adds(&path, query);
    return sbuf_take(&path);
}
