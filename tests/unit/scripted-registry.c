#include "tests/unit/scripted-registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

struct ev_loop *script_loop;

static void add_pending(struct scripted *s, struct pending p)
{
    struct pending **end = &s->pending;

    while (*end)
        end = &(*end)->next;
    *end = xmalloc(sizeof p);
    **end = p;
    s->in_flight++;
    s->most = s->in_flight > s->most ? s->in_flight : s->most;
    ev_timer_stop(script_loop, &s->turn);
    ev_timer_set(&s->turn, 0., 0.);
    ev_timer_start(script_loop, &s->turn);
}

static void scripted_list(struct registry *r,
                          void (*done)(void *arg, const struct instances *list,
                                       const struct err *err),
                          void *arg)
{
    struct scripted *s = (struct scripted *)r;

    sbuf_adds(&s->calls, "list;");
    add_pending(s, (struct pending){.kind = 'l', .list = done, .arg = arg});
}

static void scripted_put(struct registry *r, const struct instance *i,
                         const struct instance *actual,
                         void (*done)(void *arg, const struct err *err), void *arg)
{
    struct scripted *s = (struct scripted *)r;
    struct pending p = {.kind = 'p', .done = done, .arg = arg};

    instance_copy(&p.i, i);
    sbuf_addf(&s->calls, "put %s:%u%s%s;", i->id, i->port,
              i->state == INSTANCE_DRAINING ? " draining" : "", actual ? " again" : "");
    add_pending(s, p);
}

static void scripted_del(struct registry *r, const struct instance *actual,
                         void (*done)(void *arg, const struct err *err), void *arg)
{
    struct scripted *s = (struct scripted *)r;
    struct pending p = {.kind = 'd', .i = {.id = xstrdup(actual->id)}, .done = done, .arg = arg};

    sbuf_addf(&s->calls, "del %s;", actual->id);
    add_pending(s, p);
}

static const struct instances *scripted_others(struct registry *r)
{
    return &((struct scripted *)r)->others;
}

static void scripted_watch_own(struct registry *r, void (*on_lost)(void *arg), void *arg)
{
    struct scripted *s = (struct scripted *)r;

    s->on_lost = on_lost;
    s->arg = arg;
}

void script_forget(struct scripted *s, const char *id)
{
    for (size_t i = 0; i < s->has.n; i++) {
        if (strcmp(s->has.v[i].id, id))
            continue;
        instance_done(&s->has.v[i]);
        s->has.v[i] = s->has.v[--s->has.n];
        return;
    }
}

static void answer(struct scripted *s, struct pending *p)
{
    const char *id = p->kind == 'l' ? "list" : p->i.id;
    CLEAN(err) struct err *err = NULL;

    s->in_flight--;
    if (s->fail && !strcmp(s->fail, id))
        err_set(&err, "%s was to fail", id);
    if (!err && p->kind != 'l')
        script_forget(s, id);
    if (!err && p->kind == 'p')
        instance_copy(instances_add(&s->has), &p->i);
    instances_sort(&s->has);
    if (p->list)
        p->list(p->arg, err ? NULL : &s->has, err);
    else
        p->done(p->arg, err);
    instance_done(&p->i);
    free(p);
}

static void on_turn(struct ev_loop *l, ev_timer *w, int events)
{
    struct scripted *s = w->data;
    struct pending *todo = s->pending;

    (void)l;
    (void)events;
    s->pending = NULL;
    while (todo) {
        struct pending *p = todo;
        const char *id = p->kind == 'l' ? "list" : p->i.id;

        todo = p->next;
        if (s->hold && (*s->hold == '*' || !strcmp(s->hold, id))) {
            struct pending **end = &s->pending;
            while (*end)
                end = &(*end)->next;
            p->next = NULL;
            *end = p;
        } else {
            answer(s, p);
        }
    }
}

void script_release(struct scripted *s)
{
    s->hold = NULL;
    ev_timer_set(&s->turn, 0., 0.);
    ev_timer_start(script_loop, &s->turn);
}

static const struct registry_ops scripted_ops = {
    .name = "scripted",
    .list = scripted_list,
    .put = scripted_put,
    .del = scripted_del,
    .watch_own = scripted_watch_own,
    .others = scripted_others,
};

void script_on_change(void *arg)
{
    struct fixture *f = arg;

    f->changes++;
}

void script_begin_with(struct fixture *f, bool adopt)
{
    struct registrator_config config = {.node = "n", .host_addr = ipaddr_any4(), .adopt = adopt};

    *f = (struct fixture){.registry = {.base = {&scripted_ops}}};
    ev_init(&f->registry.turn, on_turn);
    f->registry.turn.data = &f->registry;
    f->r = registrator_new(script_loop, &config, &f->registry.base, script_on_change, f);
}

void script_begin(struct fixture *f)
{
    script_begin_with(f, false);
}

void script_end(struct fixture *f)
{
    registrator_free(f->r);
    ev_timer_stop(script_loop, &f->registry.turn);
    while (f->registry.pending) {
        struct pending *p = f->registry.pending;

        f->registry.pending = p->next;
        instance_done(&p->i);
        free(p);
    }
    instances_done(&f->registry.has);
    instances_done(&f->registry.others);
    sbuf_done(&f->registry.calls);
}

void script_set(struct fixture *f, size_t k, uint16_t host_port)
{
    snprintf(f->ids[k], sizeof f->ids[k], "%064zx", k);
    f->v[k] = (struct endpoint){.container_id = f->ids[k],
                                .container_name = f->ids[k] + CONTAINER_ID_LEN - 2,
                                .image = "nginx",
                                .env = &f->none,
                                .labels = &f->none,
                                .network = "bridge",
                                .reach = REACH_PUBLISHED,
                                .protocol = IPPROTO_TCP,
                                .container_port = 80,
                                .host_addr = ipaddr_any4(),
                                .host_port = host_port};
}

void script_expect(struct fixture *f, const char *calls, const char *name)
{
    double start = ev_time();

    while (strcmp(sbuf_str(&f->registry.calls), calls) && ev_time() - start < PATIENCE)
        ev_run(script_loop, EVRUN_ONCE);
    ev_run(script_loop, EVRUN_NOWAIT);
    while (ev_is_active(&f->registry.turn))
        ev_run(script_loop, EVRUN_NOWAIT);
    ev_run(script_loop, EVRUN_NOWAIT);
    is_str(sbuf_str(&f->registry.calls), calls, "%s", name);
    sbuf_clear(&f->registry.calls);
}

void script_leave(struct scripted *s, const char *id)
{
    *instances_add(&s->has) = (struct instance){.id = xstrdup(id),
                                                .service = xstrdup("old"),
                                                .node = xstrdup("n"),
                                                .address = xstrdup("192.0.2.1"),
                                                .port = 1,
                                                .container_port = 80};
    kvs_add(&s->has.v[s->has.n - 1].meta, META_CONTAINER_ID, "old");
    kvs_add(&s->has.v[s->has.n - 1].meta, META_PROTOCOL, "tcp");
}
