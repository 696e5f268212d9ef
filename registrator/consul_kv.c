#include "registrator/consul_kv.h"

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "registrator/consul_kv_write.h"
#include "registrator/consul_query.h"
#include "registrator/kv_entry.h"
#include "registrator/roster.h"
#include "registrator/url.h"

#define TIMEOUT 10.  /* seconds for one answer */
#define LOST_PACE 1. /* seconds between two calls of 'on_lost' */
#define AREA "consul"

struct consul_kv {
    struct registry base;
    struct kv_store store;
    char *node;
    bool adopt;
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
static void kv_set_access(struct registry *r, const struct consul_access *access);
static void kv_free(struct registry *r);
static void on_listed(void *arg, const struct http_answer *answer);
static void keep_ours(struct consul_kv *kv, struct kv_entries *all);
static void tell(const struct consul_kv *kv, struct instances *ret);
static int on_keys(void *arg, const char *body, size_t len, struct err **err);
static void on_keys_error(void *arg, const struct err *err);
static void on_pace(struct ev_loop *loop, ev_timer *w, int events);

static const struct registry_ops kv_ops = {
    .name = "consulkv",
    .list = kv_list,
    .put = kv_put,
    .del = kv_del,
    .watch_own = kv_watch_own,
    .set_access = kv_set_access,
    .free = kv_free,
};

struct registry *consul_kv_registry_new(struct ev_loop *loop, struct http *http,
                                        const struct consul_kv_config *config, struct err **err)
{
    struct consul_kv *kv = xcalloc(1, sizeof *kv);

    if (consul_client_init(&kv->store.client, loop, http, &config->access, err)) {
        free(kv);
        return NULL;
    }
    kv->base.ops = &kv_ops;
    kv->store.prefix = xstrdup(config->prefix);
    kv->node = xstrdup(config->node);
    kv->store.mark = kv_mark(config->node);
    kv->adopt = config->adopt;
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
    url_add_path(&path, kv->store.prefix);
    sbuf_adds(&path, "/?recurse");
    kv->on_list = done;
    kv->list_arg = arg;
    kv->listing =
        consul_client_start(&kv->store.client, NULL, sbuf_str(&path), NULL, TIMEOUT, on_listed, kv);
}

static void kv_put(struct registry *r, const struct instance *i, const struct instance *actual,
                   void (*done)(void *arg, const struct err *err), void *arg)
{
    struct consul_kv *kv = (struct consul_kv *)r;

    (void)actual;
    kv_store_put(&kv->store, i, done, arg);
}

static void kv_del(struct registry *r, const struct instance *actual,
                   void (*done)(void *arg, const struct err *err), void *arg)
{
    struct consul_kv *kv = (struct consul_kv *)r;

    kv_store_del(&kv->store, actual->id, done, arg);
}

static void kv_watch_own(struct registry *r, void (*on_lost)(void *arg), void *arg)
{
    struct consul_kv *kv = (struct consul_kv *)r;
    CLEAN(sbuf) struct sbuf path = SBUF_INIT;

    sbuf_adds(&path, "/v1/kv/");
    url_add_path(&path, kv->store.prefix);
    sbuf_adds(&path, "/?keys");
    kv->on_lost = on_lost;
    kv->lost_arg = arg;
    consul_query_free(kv->watch);
    kv->watch = consul_query_new_keys(&kv->store.client, sbuf_str(&path),
                                      &(struct consul_query_user){on_keys, on_keys_error, kv});
}

static void kv_set_access(struct registry *r, const struct consul_access *access)
{
    consul_client_set_access(&((struct consul_kv *)r)->store.client, access);
}

static void kv_free(struct registry *r)
{
    struct consul_kv *kv = (struct consul_kv *)r;

    http_cancel(kv->listing);
    consul_query_free(kv->watch);
    ev_timer_stop(kv->store.client.loop, &kv->pace);
    kv_store_done(&kv->store);
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
        kv_entries_from_json(answer->body, answer->len, kv->store.prefix, &all, &err);
    if (!err) {
        keep_ours(kv, &all);
        tell(kv, &list);
        roster_fill(&kv->store.known, &list);
    }
    kv_entries_done(&all);
    kv->on_list(kv->list_arg, err ? NULL : &list, err);
    instances_done(&list);
}

static void keep_ours(struct consul_kv *kv, struct kv_entries *all)
{
    kv_entries_done(&kv->store.ours);
    for (size_t i = 0; i < all->n; i++) {
        const struct kv_entry *e = &all->v[i];

        if (e->flags == kv->store.mark || (kv->adopt && kv_entry_is_registrators(e, kv->node)))
            kv_entries_put(&kv->store.ours, e);
    }
}

/* An entry says less than an instance. Where it is what we wrote, the instance is known; else it
 * is told as far as it goes, and put again. So is an id that is there twice, without a port. */
static void tell(const struct consul_kv *kv, struct instances *ret)
{
    for (size_t n = 0; n < kv->store.ours.n; n++) {
        const struct kv_entry *e = &kv->store.ours.v[n];
        const struct instance *known = roster_find(&kv->store.known, e->id);
        bool again = n && !strcmp(e->id, kv->store.ours.v[n - 1].id);
        struct instance *i = again ? &ret->v[ret->n - 1] : instances_add(ret);

        if (!again && known && kv_store_stands_for(e, known)) {
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
    for (size_t n = 0; n < kv->store.known.n; n++) {
        const struct instance *known = &kv->store.known.v[n];
        bool there = false;

        for (size_t k = 0; k < kv->store.ours.n && !there; k++)
            there = !strcmp(kv->store.ours.v[k].id, known->id);
        if (!there && !instance_takes_traffic(known))
            instance_copy(instances_add(ret), known);
    }
    instances_sort(ret);
}

/* ---- the watch ---- */

static void lose(struct consul_kv *kv)
{
    kv->lost = true;
    if (ev_is_active(&kv->pace))
        return;
    ev_timer_set(&kv->pace, 0., 0.);
    ev_timer_start(kv->store.client.loop, &kv->pace);
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
