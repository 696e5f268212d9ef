#include "registrator/consul_kv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/sbuf.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"
#include "registrator/consul_query.h"
#include "registrator/kv_entry.h"
#include "registrator/roster.h"
#include "registrator/url.h"

#define TIMEOUT 10.  /* seconds for one answer */
#define LOST_PACE 1. /* seconds between two calls of 'on_lost' */
#define AREA "consul"

/* One put or delete under way: at most one value to write, then the keys that must go. */
struct call {
    struct consul_kv *kv;
    struct call *prev, *next;
    struct http_request *request;
    struct instance i; /* what is put; of a delete only the id */
    bool is_put;
    bool writing;       /* the request under way writes the value */
    struct strv strays; /* services under which the id must not be any more */
    ev_timer turn;      /* ends a call that had nothing to do */
    void (*done)(void *arg, const struct err *err);
    void *arg;
};

struct consul_kv {
    struct registry base;
    struct consul_client client;
    char *prefix;
    char *node;
    uint64_t mark;
    bool cleanup;
    struct kv_entries ours; /* what is in the store, as far as we know */
    struct instances known; /* roster: what those entries stand for, and what has none */
    struct call *calls;
    struct http_request *listing;
    void (*on_list)(void *arg, const struct instances *list, const struct err *err);
    void *list_arg;
    struct consul_query *watch;
    void (*on_lost)(void *arg);
    void *lost_arg;
    bool lost; /* 'on_lost' is to be called */
    ev_timer pace;
};

static void kv_list(struct registry *r,
                    void (*done)(void *arg, const struct instances *list, const struct err *err),
                    void *arg);
static void kv_put(struct registry *r, const struct instance *i, const struct instance *actual,
                   void (*done)(void *arg, const struct err *err), void *arg);
static void kv_del(struct registry *r, const struct instance *actual,
                   void (*done)(void *arg, const struct err *err), void *arg);
static void kv_watch_own(struct registry *r, void (*on_lost)(void *arg), void *arg);
static void kv_free(struct registry *r);
static void on_listed(void *arg, const struct http_answer *answer);
static void keep_ours(struct consul_kv *kv, struct kv_entries *all);
static void tell(const struct consul_kv *kv, struct instances *ret);
static bool stands_for(const struct kv_entry *e, const struct instance *i);
static struct call *call_new(struct consul_kv *kv, const char *id, bool is_put,
                             void (*done)(void *arg, const struct err *err), void *arg);
static void call_free(struct call *call);
static void find_strays(struct call *call, const char *service);
static void write_value(struct call *call);
static void go_on(struct call *call);
static void on_written(void *arg, const struct http_answer *answer);
static void on_turn(struct ev_loop *loop, ev_timer *w, int events);
static void call_end(struct call *call, const struct err *err);
static char *key_path(const struct consul_kv *kv, const char *service, const char *id);
static int on_keys(void *arg, const char *body, size_t len, struct err **err);
static void on_keys_error(void *arg, const struct err *err);
static void on_pace(struct ev_loop *loop, ev_timer *w, int events);

static const struct registry_ops kv_ops = {
    .name = "consulkv",
    .list = kv_list,
    .put = kv_put,
    .del = kv_del,
    .watch_own = kv_watch_own,
    .free = kv_free,
};

struct registry *consul_kv_registry_new(struct ev_loop *loop, struct http *http,
                                        const struct consul_kv_config *config, struct err **err)
{
    struct consul_kv *kv = xcalloc(1, sizeof *kv);

    if (consul_client_init(&kv->client, loop, http, &config->access, err)) {
        free(kv);
        return NULL;
    }
    kv->base.ops = &kv_ops;
    kv->prefix = xstrdup(config->prefix);
    kv->node = xstrdup(config->node);
    kv->mark = kv_mark(config->node);
    kv->cleanup = config->cleanup;
    ev_timer_init(&kv->pace, on_pace, 0., 0.);
    kv->pace.data = kv;
    return &kv->base;
}

static void kv_list(struct registry *r,
                    void (*done)(void *arg, const struct instances *list, const struct err *err),
                    void *arg)
{
    struct consul_kv *kv = (struct consul_kv *)r;
    CLEAN(sbuf) struct sbuf path = SBUF_INIT;

    sbuf_adds(&path, "/v1/kv/");
    url_add_path(&path, kv->prefix);
    sbuf_adds(&path, "/?recurse");
    kv->on_list = done;
    kv->list_arg = arg;
    kv->listing =
        consul_client_start(&kv->client, NULL, sbuf_str(&path), NULL, TIMEOUT, on_listed, kv);
}

/* One that takes no traffic has no key; what is there already is not written again. */
static void kv_put(struct registry *r, const struct instance *i, const struct instance *actual,
                   void (*done)(void *arg, const struct err *err), void *arg)
{
    struct consul_kv *kv = (struct consul_kv *)r;
    struct call *call = call_new(kv, i->id, true, done, arg);
    bool there = false;

    (void)actual;
    instance_done(&call->i);
    instance_copy(&call->i, i);
    for (size_t n = 0; n < kv->ours.n; n++)
        there = there || (stands_for(&kv->ours.v[n], i) && kv->ours.v[n].flags == kv->mark);
    find_strays(call, instance_takes_traffic(i) ? i->service : NULL);
    if (instance_takes_traffic(i) && !there)
        write_value(call);
    else
        go_on(call);
}

static void kv_del(struct registry *r, const struct instance *actual,
                   void (*done)(void *arg, const struct err *err), void *arg)
{
    struct call *call = call_new((struct consul_kv *)r, actual->id, false, done, arg);

    find_strays(call, NULL);
    go_on(call);
}

static void kv_watch_own(struct registry *r, void (*on_lost)(void *arg), void *arg)
{
    struct consul_kv *kv = (struct consul_kv *)r;
    CLEAN(sbuf) struct sbuf path = SBUF_INIT;

    sbuf_adds(&path, "/v1/kv/");
    url_add_path(&path, kv->prefix);
    sbuf_adds(&path, "/?keys");
    kv->on_lost = on_lost;
    kv->lost_arg = arg;
    consul_query_free(kv->watch);
    kv->watch = consul_query_new_keys(&kv->client, sbuf_str(&path),
                                      &(struct consul_query_user){on_keys, on_keys_error, kv});
}

static void kv_free(struct registry *r)
{
    struct consul_kv *kv = (struct consul_kv *)r;

    while (kv->calls)
        call_free(kv->calls);
    http_cancel(kv->listing);
    consul_query_free(kv->watch);
    ev_timer_stop(kv->client.loop, &kv->pace);
    consul_client_done(&kv->client);
    kv_entries_done(&kv->ours);
    instances_done(&kv->known);
    free(kv->prefix);
    free(kv->node);
    free(kv);
}

/* ---- the list ---- */

static void on_listed(void *arg, const struct http_answer *answer)
{
    struct consul_kv *kv = arg;
    CLEAN(err) struct err *err = NULL;
    struct kv_entries all = {0};
    struct instances list = {0};
    bool absent = !answer->err && answer->status == 404;

    kv->listing = NULL;
    if (!absent && !http_answer_ok(answer))
        http_answer_err(answer, "cannot list Consul's keys", &err);
    else if (!absent)
        kv_entries_from_json(answer->body, answer->len, kv->prefix, &all, &err);
    if (!err) {
        keep_ours(kv, &all);
        tell(kv, &list);
        roster_fill(&kv->known, &list);
    }
    kv_entries_done(&all);
    kv->on_list(kv->list_arg, err ? NULL : &list, err);
    instances_done(&list);
}

static void keep_ours(struct consul_kv *kv, struct kv_entries *all)
{
    kv_entries_done(&kv->ours);
    for (size_t i = 0; i < all->n; i++) {
        const struct kv_entry *e = &all->v[i];

        if (e->flags == kv->mark || (kv->cleanup && kv_entry_is_registrators(e, kv->node)))
            kv_entries_put(&kv->ours, e);
    }
}

/* An entry says less than an instance. Where it is what we wrote, the instance is known; else it
 * is told as far as it goes, and put again. So is an id that is there twice, without a port. */
static void tell(const struct consul_kv *kv, struct instances *ret)
{
    for (size_t n = 0; n < kv->ours.n; n++) {
        const struct kv_entry *e = &kv->ours.v[n];
        const struct instance *known = roster_find(&kv->known, e->id);
        bool again = n && !strcmp(e->id, kv->ours.v[n - 1].id);
        struct instance *i = again ? &ret->v[ret->n - 1] : instances_add(ret);

        if (!again && known && stands_for(e, known)) {
            instance_copy(i, known);
            continue;
        }
        instance_done(i);
        *i = (struct instance){.id = xstrdup(e->id),
                               .service = xstrdup(e->service),
                               .node = xstrdup(kv->node),
                               .address = xstrdup(e->address),
                               .port = again ? 0 : e->port};
    }
    for (size_t n = 0; n < kv->known.n; n++) {
        const struct instance *known = &kv->known.v[n];
        bool there = false;

        for (size_t k = 0; k < kv->ours.n && !there; k++)
            there = !strcmp(kv->ours.v[k].id, known->id);
        if (!there && !instance_takes_traffic(known))
            instance_copy(instances_add(ret), known);
    }
    instances_sort(ret);
}

static bool stands_for(const struct kv_entry *e, const struct instance *i)
{
    return instance_takes_traffic(i) && !strcmp(e->id, i->id) && !strcmp(e->service, i->service) &&
           !strcmp(e->address, i->address) && e->port == i->port;
}

/* ---- puts and deletes ---- */

static struct call *call_new(struct consul_kv *kv, const char *id, bool is_put,
                             void (*done)(void *arg, const struct err *err), void *arg)
{
    struct call *call = xcalloc(1, sizeof *call);

    call->kv = kv;
    call->i.id = xstrdup(id);
    call->is_put = is_put;
    call->done = done;
    call->arg = arg;
    ev_timer_init(&call->turn, on_turn, 0., 0.);
    call->turn.data = call;
    call->next = kv->calls;
    if (call->next)
        call->next->prev = call;
    kv->calls = call;
    return call;
}

static void call_free(struct call *call)
{
    if (call->prev)
        call->prev->next = call->next;
    else
        call->kv->calls = call->next;
    if (call->next)
        call->next->prev = call->prev;
    http_cancel(call->request);
    ev_timer_stop(call->kv->client.loop, &call->turn);
    instance_done(&call->i);
    strv_done(&call->strays);
    free(call);
}

/* Every service that has the id but for 'service', which may be NULL. */
static void find_strays(struct call *call, const char *service)
{
    const struct kv_entries *ours = &call->kv->ours;

    for (size_t n = 0; n < ours->n; n++)
        if (!strcmp(ours->v[n].id, call->i.id) &&
            !(service && !strcmp(ours->v[n].service, service)))
            strv_add(&call->strays, ours->v[n].service);
}

static void write_value(struct call *call)
{
    struct consul_kv *kv = call->kv;
    CLEAN(free_str) char *key = key_path(kv, call->i.service, call->i.id);
    CLEAN(free_str) char *path = xasprintf("%s?flags=%" PRIu64, key, kv->mark);
    CLEAN(sbuf) struct sbuf value = SBUF_INIT;

    kv_add_value(&value, call->i.address, call->i.port);
    call->writing = true;
    call->request =
        consul_client_start(&kv->client, "PUT", path, sbuf_str(&value), TIMEOUT, on_written, call);
}

/* Removes the next stray, or ends the call, once the loop runs again. */
static void go_on(struct call *call)
{
    struct consul_kv *kv = call->kv;

    call->writing = false;
    if (!call->strays.n) {
        ev_timer_set(&call->turn, 0., 0.);
        ev_timer_start(kv->client.loop, &call->turn);
        return;
    }
    CLEAN(free_str)
    char *path = key_path(kv, call->strays.v[call->strays.n - 1], call->i.id);
    call->request =
        consul_client_start(&kv->client, "DELETE", path, NULL, TIMEOUT, on_written, call);
}

static void on_written(void *arg, const struct http_answer *answer)
{
    struct call *call = arg;
    struct consul_kv *kv = call->kv;
    CLEAN(free_str) char *what = xasprintf("cannot write '%s' to Consul's keys", call->i.id);
    CLEAN(err) struct err *err = NULL;

    call->request = NULL;
    if (!http_answer_ok(answer)) {
        http_answer_err(answer, what, &err);
        call_end(call, err);
        return;
    }
    if (call->writing) {
        kv_entries_put(&kv->ours, &(struct kv_entry){.service = call->i.service,
                                                     .id = call->i.id,
                                                     .address = call->i.address,
                                                     .port = call->i.port,
                                                     .flags = kv->mark});
    } else {
        char *service = call->strays.v[--call->strays.n];

        kv_entries_remove(&kv->ours, call->i.id, service);
        free(service);
    }
    go_on(call);
}

static void on_turn(struct ev_loop *loop, ev_timer *w, int events)
{
    struct call *call = w->data;

    (void)loop;
    (void)events;
    if (call->is_put)
        roster_put(&call->kv->known, &call->i);
    else
        roster_remove(&call->kv->known, call->i.id);
    call_end(call, NULL);
}

/* The call is gone before its end is told: whoever hears of it may free the registry. */
static void call_end(struct call *call, const struct err *err)
{
    void (*done)(void *arg, const struct err *err) = call->done;
    void *arg = call->arg;

    call_free(call);
    done(arg, err);
}

static char *key_path(const struct consul_kv *kv, const char *service, const char *id)
{
    struct sbuf path = SBUF_INIT;

    sbuf_adds(&path, "/v1/kv/");
    url_add_path(&path, kv->prefix);
    sbuf_addch(&path, '/');
    url_add_escaped(&path, service);
    sbuf_addch(&path, '/');
    url_add_escaped(&path, id);
    return sbuf_take(&path);
}

/* ---- the watch ---- */

static void lose(struct consul_kv *kv)
{
    kv->lost = true;
    if (ev_is_active(&kv->pace))
        return;
    ev_timer_set(&kv->pace, 0., 0.);
    ev_timer_start(kv->client.loop, &kv->pace);
}

static int on_keys(void *arg, const char *body, size_t len, struct err **err)
{
    (void)body;
    (void)len;
    (void)err;
    lose(arg);
    return 0;
}

static void on_keys_error(void *arg, const struct err *err)
{
    log_info(AREA, "the watch of our keys broke: %s", err_msg(err));
    lose(arg);
}

static void on_pace(struct ev_loop *loop, ev_timer *w, int events)
{
    struct consul_kv *kv = w->data;

    (void)events;
    if (!kv->lost)
        return;
    kv->lost = false;
    ev_timer_set(w, LOST_PACE, 0.);
    ev_timer_start(loop, w);
    kv->on_lost(kv->lost_arg);
}
