#include "registrator/registry.h"

#include <ev.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "registrator/catalog.h"

/* One call that is still to be answered. */
struct call {
    struct call *next;
    void (*done)(void *arg, const struct err *err); /* of a put or a delete */
    void (*list)(void *arg, const struct instances *list, const struct err *err);
    void *arg;
};

struct local {
    struct registry base;
    struct ev_loop *loop;
    struct catalog catalog;
    struct call *first, **last; /* in the order of the calls */
    void (*on_catalog)(void *arg, const struct catalog *catalog, const struct err *err);
    void *arg;
    bool changed; /* 'on_catalog' has not been told of what 'catalog' is now */
    ev_timer turn;
};

static void local_list(struct registry *r,
                       void (*done)(void *arg, const struct instances *list, const struct err *err),
                       void *arg);
static void local_put(struct registry *r, const struct instance *i, const struct instance *actual,
                      void (*done)(void *arg, const struct err *err), void *arg);
static void local_del(struct registry *r, const struct instance *actual,
                      void (*done)(void *arg, const struct err *err), void *arg);
static void local_watch_catalog(struct registry *r,
                                void (*on_catalog)(void *arg, const struct catalog *catalog,
                                                   const struct err *err),
                                void *arg);
static void local_free(struct registry *r);
static struct call *add_call(struct local *l);
static const struct catalog_service *find(const struct local *l, const char *id, size_t *ret_at);
static void remove_id(struct local *l, const char *id);
static void add(struct local *l, const struct instance *i);
static void answer_list(const struct local *l, const struct call *call);
static void on_turn(struct ev_loop *loop, ev_timer *w, int events);

static const struct registry_ops local_ops = {
    .name = "local",
    .list = local_list,
    .put = local_put,
    .del = local_del,
    .watch_catalog = local_watch_catalog,
    .free = local_free,
};

struct registry *local_registry_new(void)
{
    struct local *l = xcalloc(1, sizeof *l);

    l->base.ops = &local_ops;
    l->loop = ev_default_loop(0);
    l->last = &l->first;
    ev_timer_init(&l->turn, on_turn, 0., 0.);
    l->turn.data = l;
    return &l->base;
}

static void local_list(struct registry *r,
                       void (*done)(void *arg, const struct instances *list, const struct err *err),
                       void *arg)
{
    struct call *c = add_call((struct local *)r);

    c->list = done;
    c->arg = arg;
}

static void local_put(struct registry *r, const struct instance *i, const struct instance *actual,
                      void (*done)(void *arg, const struct err *err), void *arg)
{
    struct local *l = (struct local *)r;
    struct call *c = add_call(l);

    (void)actual;
    c->done = done;
    c->arg = arg;
    remove_id(l, i->id);
    add(l, i);
    l->changed = true;
}

static void local_del(struct registry *r, const struct instance *actual,
                      void (*done)(void *arg, const struct err *err), void *arg)
{
    struct local *l = (struct local *)r;
    struct call *c = add_call(l);

    c->done = done;
    c->arg = arg;
    remove_id(l, actual->id);
}

static void local_watch_catalog(struct registry *r,
                                void (*on_catalog)(void *arg, const struct catalog *catalog,
                                                   const struct err *err),
                                void *arg)
{
    struct local *l = (struct local *)r;

    l->on_catalog = on_catalog;
    l->arg = arg;
    l->changed = true;
    ev_timer_set(&l->turn, 0., 0.);
    ev_timer_start(l->loop, &l->turn);
}

static void local_free(struct registry *r)
{
    struct local *l = (struct local *)r;

    ev_timer_stop(l->loop, &l->turn);
    while (l->first) {
        struct call *c = l->first;

        l->first = c->next;
        free(c);
    }
    catalog_done(&l->catalog);
    free(l);
}

/* Queues an answer for the next turn of the loop. */
static struct call *add_call(struct local *l)
{
    struct call *c = xcalloc(1, sizeof *c);

    *l->last = c;
    l->last = &c->next;
    if (!ev_is_active(&l->turn)) {
        ev_timer_set(&l->turn, 0., 0.);
        ev_timer_start(l->loop, &l->turn);
    }
    return c;
}

/* The service with an instance 'id', or NULL. An id is there once. */
static const struct catalog_service *find(const struct local *l, const char *id, size_t *ret_at)
{
    for (size_t i = 0; i < l->catalog.n; i++) {
        const struct catalog_service *s = l->catalog.v[i];

        for (size_t k = 0; k < s->instances.n; k++) {
            if (strcmp(s->instances.v[k].id, id))
                continue;
            *ret_at = k;
            return s;
        }
    }
    return NULL;
}

static void remove_id(struct local *l, const char *id)
{
    size_t at;
    const struct catalog_service *s = find(l, id, &at);
    struct instances now = {0};

    if (!s)
        return;
    for (size_t i = 0; i < s->instances.n; i++)
        if (i != at)
            instance_copy(instances_add(&now), &s->instances.v[i]);
    CLEAN(free_str) char *name = xstrdup(s->name);
    catalog_set(&l->catalog, name, &now);
    l->changed = true;
}

static void add(struct local *l, const struct instance *i)
{
    const struct catalog_service *s = catalog_find(&l->catalog, i->service);
    struct instances now = {0};

    if (s)
        instances_copy(&now, &s->instances);
    instance_copy(instances_add(&now), i);
    instances_sort(&now);
    catalog_set(&l->catalog, i->service, &now);
}

/* One answer a turn, as the callee may free the registry; the catalog once they are all given. */
static void on_turn(struct ev_loop *loop, ev_timer *w, int events)
{
    struct local *l = w->data;
    struct call *c = l->first;

    (void)events;
    if (!c) {
        if (l->changed && l->on_catalog) {
            l->changed = false;
            l->on_catalog(l->arg, &l->catalog, NULL);
        }
        return;
    }
    l->first = c->next;
    if (!l->first)
        l->last = &l->first;
    ev_timer_set(w, 0., 0.);
    ev_timer_start(loop, w);
    struct call call = *c;
    free(c);
    if (call.list)
        answer_list(l, &call);
    else
        call.done(call.arg, NULL);
}

/* The callee may free the registry. */
static void answer_list(const struct local *l, const struct call *call)
{
    struct instances all = {0};

    catalog_lend(&l->catalog, &all);
    call->list(call->arg, &all, NULL);
    free(all.v);
}
