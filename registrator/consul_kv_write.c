#include "registrator/consul_kv_write.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sbuf.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"
#include "registrator/roster.h"
#include "registrator/url.h"

#define TIMEOUT 10. /* seconds for one answer */

/* One put or delete under way: at most one value to write, then the keys that must go. */
struct kv_call {
    struct kv_store *store;
    struct kv_call *prev, *next;
    struct http_request *request;
    struct instance i; /* what is put; of a delete only the id */
    bool is_put;
    bool writing;       /* the request under way writes the value */
    struct strv strays; /* services under which the id must not be any more */
    ev_timer turn;      /* ends a call that had nothing to do */
    void (*done)(void *arg, const struct err *err);
    void *arg;
};

static struct kv_call *call_new(struct kv_store *s, const char *id, bool is_put,
                                void (*done)(void *arg, const struct err *err), void *arg);
static void call_free(struct kv_call *call);
static void find_strays(struct kv_call *call, const char *service);
static void write_value(struct kv_call *call);
static void go_on(struct kv_call *call);
static void on_written(void *arg, const struct http_answer *answer);
static void on_turn(struct ev_loop *loop, ev_timer *w, int events);
static void call_end(struct kv_call *call, const struct err *err);
static char *key_path(const struct kv_store *s, const char *service, const char *id);

void kv_store_done(struct kv_store *s)
{
    while (s->calls)
        call_free(s->calls);
    consul_client_done(&s->client);
    kv_entries_done(&s->ours);
    instances_done(&s->known);
    free(s->prefix);
}

/* One that takes no traffic has no key; what is there already is not written again. */
void kv_store_put(struct kv_store *s, const struct instance *i,
                  void (*done)(void *arg, const struct err *err), void *arg)
{
    struct kv_call *call = call_new(s, i->id, true, done, arg);
    bool there = false;

    instance_done(&call->i);
    instance_copy(&call->i, i);
    for (size_t n = 0; n < s->ours.n; n++)
        there = there || (kv_store_stands_for(&s->ours.v[n], i) && s->ours.v[n].flags == s->mark);
    find_strays(call, instance_takes_traffic(i) ? i->service : NULL);
    if (instance_takes_traffic(i) && !there)
        write_value(call);
    else
        go_on(call);
}

void kv_store_del(struct kv_store *s, const char *id,
                  void (*done)(void *arg, const struct err *err), void *arg)
{
    struct kv_call *call = call_new(s, id, false, done, arg);

    find_strays(call, NULL);
    go_on(call);
}

bool kv_store_stands_for(const struct kv_entry *e, const struct instance *i)
{
    return instance_takes_traffic(i) && !strcmp(e->id, i->id) && !strcmp(e->service, i->service) &&
           !strcmp(e->address, i->address) && e->port == i->port;
}

static struct kv_call *call_new(struct kv_store *s, const char *id, bool is_put,
                                void (*done)(void *arg, const struct err *err), void *arg)
{
    struct kv_call *call = xcalloc(1, sizeof *call);

    call->store = s;
    call->i.id = xstrdup(id);
    call->is_put = is_put;
    call->done = done;
    call->arg = arg;
    ev_timer_init(&call->turn, on_turn, 0., 0.);
    call->turn.data = call;
    call->next = s->calls;
    if (call->next)
        call->next->prev = call;
    s->calls = call;
    return call;
}

static void call_free(struct kv_call *call)
{
    if (call->prev)
        call->prev->next = call->next;
    else
        call->store->calls = call->next;
    if (call->next)
        call->next->prev = call->prev;
    http_cancel(call->request);
    ev_timer_stop(call->store->client.loop, &call->turn);
    instance_done(&call->i);
    strv_done(&call->strays);
    free(call);
}

/* Every service that has the id but for 'service', which may be NULL. */
static void find_strays(struct kv_call *call, const char *service)
{
    const struct kv_entries *ours = &call->store->ours;

    for (size_t n = 0; n < ours->n; n++)
        if (!strcmp(ours->v[n].id, call->i.id) &&
            !(service && !strcmp(ours->v[n].service, service)))
            strv_add(&call->strays, ours->v[n].service);
}

static void write_value(struct kv_call *call)
{
    struct kv_store *s = call->store;
    CLEAN(free_str) char *key = key_path(s, call->i.service, call->i.id);
    CLEAN(free_str) char *path = xasprintf("%s?flags=%" PRIu64, key, s->mark);
    CLEAN(sbuf) struct sbuf value = SBUF_INIT;

    kv_add_value(&value, call->i.address, call->i.port);
    call->writing = true;
    call->request =
        consul_client_start(&s->client, "PUT", path, sbuf_str(&value), TIMEOUT, on_written, call);
}

/* Removes the next stray, or ends the call, once the loop runs again. */
static void go_on(struct kv_call *call)
{
    struct kv_store *s = call->store;

    call->writing = false;
    if (!call->strays.n) {
        ev_timer_set(&call->turn, 0., 0.);
        ev_timer_start(s->client.loop, &call->turn);
        return;
    }
    CLEAN(free_str)
    char *path = key_path(s, call->strays.v[call->strays.n - 1], call->i.id);
    call->request =
        consul_client_start(&s->client, "DELETE", path, NULL, TIMEOUT, on_written, call);
}

static void on_written(void *arg, const struct http_answer *answer)
{
    struct kv_call *call = arg;
    struct kv_store *s = call->store;
    CLEAN(free_str) char *what = xasprintf("cannot write '%s' to Consul's keys", call->i.id);
    CLEAN(err) struct err *err = NULL;

    call->request = NULL;
    if (!http_answer_ok(answer)) {
        http_answer_err(answer, what, &err);
        call_end(call, err);
        return;
    }
    if (call->writing) {
        kv_entries_put(&s->ours, &(struct kv_entry){.service = call->i.service,
                                                    .id = call->i.id,
                                                    .address = call->i.address,
                                                    .port = call->i.port,
                                                    .flags = s->mark});
    } else {
        char *service = call->strays.v[--call->strays.n];

        kv_entries_remove(&s->ours, call->i.id, service);
        free(service);
    }
    go_on(call);
}

static void on_turn(struct ev_loop *loop, ev_timer *w, int events)
{
    struct kv_call *call = w->data;

    (void)loop;
    (void)events;
    if (call->is_put)
        roster_put(&call->store->known, &call->i);
    else
        roster_remove(&call->store->known, call->i.id);
    call_end(call, NULL);
}

/* The call is gone before its end is told: whoever hears of it may free the registry. */
static void call_end(struct kv_call *call, const struct err *err)
{
    void (*done)(void *arg, const struct err *err) = call->done;
    void *arg = call->arg;

    call_free(call);
    done(arg, err);
}

static char *key_path(const struct kv_store *s, const char *service, const char *id)
{
    struct sbuf path = SBUF_INIT;

    sbuf_adds(&path, "/v1/kv/");
    url_add_path(&path, s->prefix);
    sbuf_addch(&path, '/');
    url_add_escaped(&path, service);
    sbuf_addch(&path, '/');
    url_add_escaped(&path, id);
    return sbuf_take(&path);
}
