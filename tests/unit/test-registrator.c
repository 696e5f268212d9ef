#include "registrator/registrator.h"

#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/log.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

#define ENDPOINTS_MAX 40
#define PATIENCE 10. /* seconds until a condition that does not come is a failure */

/* A call that the scripted registry has not answered yet. */
struct pending {
    struct pending *next;
    char kind; /* 'l'ist, 'p'ut, 'd'elete */
    struct instance i;
    void (*done)(void *arg, const struct err *err);
    void (*list)(void *arg, const struct instances *list, const struct err *err);
    void *arg;
};

/* A registry that does as it is told, and writes down what is asked of it. */
struct scripted {
    struct registry base;
    struct instances has;
    struct sbuf calls;
    struct pending *pending;
    const char *hold; /* calls for this id are not answered; "*": all of them; NULL: none */
    const char *fail; /* calls for this id fail, "list" lists do */
    size_t in_flight, most;
    void (*on_lost)(void *arg);
    void *arg;
    ev_timer turn;
};

struct fixture {
    struct scripted registry;
    struct registrator *r;
    struct endpoint v[ENDPOINTS_MAX];
    char ids[ENDPOINTS_MAX][CONTAINER_ID_LEN + 1];
    struct kvs none;
    unsigned changes;
};

static struct ev_loop *loop;

static void add_pending(struct scripted *s, struct pending p)
{
    struct pending **end = &s->pending;

    while (*end)
        end = &(*end)->next;
    *end = xmalloc(sizeof p);
    **end = p;
    s->in_flight++;
    s->most = s->in_flight > s->most ? s->in_flight : s->most;
    ev_timer_stop(loop, &s->turn);
    ev_timer_set(&s->turn, 0., 0.);
    ev_timer_start(loop, &s->turn);
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

static void scripted_watch_own(struct registry *r, void (*on_lost)(void *arg), void *arg)
{
    struct scripted *s = (struct scripted *)r;

    s->on_lost = on_lost;
    s->arg = arg;
}

static void forget(struct scripted *s, const char *id)
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
        forget(s, id);
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

static void release(struct scripted *s)
{
    s->hold = NULL;
    ev_timer_set(&s->turn, 0., 0.);
    ev_timer_start(loop, &s->turn);
}

static const struct registry_ops scripted_ops = {
    .name = "scripted",
    .list = scripted_list,
    .put = scripted_put,
    .del = scripted_del,
    .watch_own = scripted_watch_own,
};

static void on_change(void *arg)
{
    struct fixture *f = arg;

    f->changes++;
}

static void begin(struct fixture *f)
{
    struct registrator_config config = {.node = "n", .host_addr = ipaddr_any4()};

    *f = (struct fixture){.registry = {.base = {&scripted_ops}}};
    ev_init(&f->registry.turn, on_turn);
    f->registry.turn.data = &f->registry;
    f->r = registrator_new(loop, &config, &f->registry.base, on_change, f);
}

static void end(struct fixture *f)
{
    registrator_free(f->r);
    ev_timer_stop(loop, &f->registry.turn);
    while (f->registry.pending) {
        struct pending *p = f->registry.pending;

        f->registry.pending = p->next;
        instance_done(&p->i);
        free(p);
    }
    instances_done(&f->registry.has);
    sbuf_done(&f->registry.calls);
}

/* Container 'k' (0..) publishes port 80 on 'host_port'. */
static void set(struct fixture *f, size_t k, uint16_t host_port)
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

/* Runs the loop until 'calls' were made of the registry and it owes no answer but held ones. */
static void expect(struct fixture *f, const char *calls, const char *name)
{
    double start = ev_time();

    while (strcmp(sbuf_str(&f->registry.calls), calls) && ev_time() - start < PATIENCE)
        ev_run(loop, EVRUN_ONCE);
    ev_run(loop, EVRUN_NOWAIT);
    while (ev_is_active(&f->registry.turn))
        ev_run(loop, EVRUN_NOWAIT);
    ev_run(loop, EVRUN_NOWAIT);
    is_str(sbuf_str(&f->registry.calls), calls, "%s", name);
    sbuf_clear(&f->registry.calls);
}

static void leave(struct scripted *s, const char *id)
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

static void test_first_pass(void)
{
    struct fixture f;

    begin(&f);
    leave(&f.registry, "left");
    f.registry.on_lost(f.registry.arg);
    ev_run(loop, EVRUN_NOWAIT);
    expect(&f, "", "nothing happens before anything is wanted");
    ok(registrator_holds(f.r, "any", IPPROTO_TCP, 1), "and everything may be registered");
    set(&f, 0, 8000);
    set(&f, 1, 8001);
    registrator_want(f.r, f.v, 2);
    is_str(sbuf_str(&f.registry.calls), "", "nothing happens inline");
    expect(&f, "list;put n:00:80:8000;put n:01:80:8001;del left;",
           "one listing, then what differs, puts before deletes");
    ok(registrator_is_registered(f.r, "n:00:80"), "it is registered");
    ok(!registrator_is_registered(f.r, "left"), "what is not wanted is not");
    ok(registrator_holds(f.r, f.ids[1], IPPROTO_TCP, 80), "its port is held");
    ok(!registrator_holds(f.r, f.ids[1], IPPROTO_UDP, 80), "not its UDP port");
    ok(!registrator_holds(f.r, "old", IPPROTO_TCP, 80), "nor what was removed");
    ok(f.changes > 0, "the owner has heard of it");
    end(&f);
}

static void test_steps(void)
{
    struct fixture f;

    begin(&f);
    set(&f, 0, 8000);
    set(&f, 1, 8001);
    registrator_want(f.r, f.v, 1);
    expect(&f, "list;put n:00:80:8000;", "the first one");
    registrator_want(f.r, f.v, 2);
    expect(&f, "put n:01:80:8001;", "a new one costs one put, and no listing");
    registrator_want(f.r, f.v, 2);
    ev_run(loop, EVRUN_NOWAIT);
    expect(&f, "", "the same again costs nothing");
    f.v[0].draining = true;
    registrator_want(f.r, f.v, 2);
    expect(&f, "put n:00:80:8000 draining again;", "a draining one is put again");
    f.v[0].draining = false;
    f.v[0].host_port = 9000;
    registrator_want(f.r, f.v, 2);
    expect(&f, "put n:00:80:9000 again;", "so is one with another port");
    registrator_want(f.r, f.v + 1, 1);
    expect(&f, "del n:00:80;", "one that is gone is deleted");
    ok(!registrator_holds(f.r, f.ids[0], IPPROTO_TCP, 80), "and its port is free");
    forget(&f.registry, "n:01:80");
    f.registry.on_lost(f.registry.arg);
    expect(&f, "list;put n:01:80:8001;", "what somebody else deletes comes back");
    registrator_want(f.r, NULL, 0);
    expect(&f, "del n:01:80;", "nothing may be wanted, too");
    is_int((long long)registrator_sync(f.r)->errors, 0, "without an error");
    end(&f);
}

static void test_failures(void)
{
    struct fixture f;

    begin(&f);
    set(&f, 0, 8000);
    set(&f, 1, 8001);
    f.registry.fail = "list";
    registrator_want(f.r, f.v, 2);
    expect(&f, "list;", "a listing that fails");
    ok(registrator_holds(f.r, "any", IPPROTO_TCP, 1), "leaves everything possible");
    f.registry.fail = "n:00:80";
    expect(&f, "list;put n:00:80:8000;put n:01:80:8001;", "is tried again");
    is_str(registrator_sync(f.r)->last_error, "n:00:80 was to fail", "a put that fails is told");
    ok(registrator_is_registered(f.r, "n:01:80"), "and does not stop the other one");
    ok(!registrator_is_registered(f.r, "n:00:80"), "it is not registered");
    ok(registrator_holds(f.r, f.ids[0], IPPROTO_TCP, 80), "but it may be");
    f.registry.fail = NULL;
    expect(&f, "list;put n:00:80:8000;", "after a failure the registry is listed");
    ok(!registrator_sync(f.r)->last_error, "and all is well again");
    f.registry.fail = "n:00:80";
    registrator_want(f.r, f.v + 1, 1);
    expect(&f, "del n:00:80;", "a delete that fails");
    ok(registrator_holds(f.r, f.ids[0], IPPROTO_TCP, 80), "leaves the instance possible");
    f.registry.fail = NULL;
    expect(&f, "list;del n:00:80;", "and is tried again");
    ok(!registrator_holds(f.r, f.ids[0], IPPROTO_TCP, 80), "until it is gone");
    end(&f);
}

static void test_slow_pass(void)
{
    struct fixture f;

    begin(&f);
    set(&f, 0, 8000);
    set(&f, 1, 8001);
    f.registry.hold = "n:00:80";
    registrator_want(f.r, f.v, 1);
    expect(&f, "list;put n:00:80:8000;", "a put that takes long");
    ok(registrator_holds(f.r, f.ids[0], IPPROTO_TCP, 80), "may have arrived");
    registrator_want(f.r, f.v, 2);
    expect(&f, "put n:01:80:8001;", "makes no other one wait");
    f.v[0].host_port = 9000;
    registrator_want(f.r, f.v, 2);
    ev_run(loop, EVRUN_NOWAIT);
    expect(&f, "", "but the next one of its own id");
    release(&f.registry);
    expect(&f, "put n:00:80:9000 again;", "which follows");
    f.registry.hold = "n:00:80";
    f.v[0].draining = true;
    registrator_want(f.r, f.v, 2);
    expect(&f, "put n:00:80:9000 draining again;", "another one that takes long");
    registrator_want(f.r, f.v + 1, 1);
    ev_run(loop, EVRUN_NOWAIT);
    release(&f.registry);
    expect(&f, "del n:00:80;", "is deleted when it is not wanted in the end");
    ok(!registrator_holds(f.r, f.ids[0], IPPROTO_TCP, 80), "and gone");
    end(&f);
}

static void test_limit(void)
{
    struct fixture f;

    begin(&f);
    for (size_t i = 0; i < ENDPOINTS_MAX; i++)
        set(&f, i, (uint16_t)(8000 + i));
    registrator_want(f.r, f.v, ENDPOINTS_MAX);
    double start = ev_time();
    while (f.registry.has.n < ENDPOINTS_MAX && ev_time() - start < PATIENCE)
        ev_run(loop, EVRUN_ONCE);
    is_int((long long)f.registry.has.n, ENDPOINTS_MAX, "all are registered");
    is_int((long long)f.registry.most, 16, "sixteen at a time");
    end(&f);
}

static void test_freed_in_the_middle(void)
{
    struct fixture f;

    begin(&f);
    set(&f, 0, 8000);
    f.registry.hold = "*";
    registrator_want(f.r, f.v, 1);
    expect(&f, "list;", "a listing without an answer");
    end(&f);
    begin(&f);
    set(&f, 0, 8000);
    f.registry.hold = "n:00:80";
    registrator_want(f.r, f.v, 1);
    expect(&f, "list;put n:00:80:8000;", "a put without an answer");
    end(&f);
}

/* With the registry that is there where no other one is. */
static void test_local(void)
{
    struct fixture f;
    struct registrator_config config = {.node = "n", .host_addr = ipaddr_any4()};
    struct registry *local = local_registry_new();

    begin(&f);
    struct registrator *r = registrator_new(loop, &config, local, on_change, &f);
    set(&f, 0, 8000);
    registrator_want(r, f.v, 1);
    double start = ev_time();
    while (!registrator_is_registered(r, "n:00:80") && ev_time() - start < PATIENCE)
        ev_run(loop, EVRUN_ONCE);
    ok(registrator_is_registered(r, "n:00:80"), "registered in the local registry");
    registrator_want(r, NULL, 0);
    while (registrator_holds(r, f.ids[0], IPPROTO_TCP, 80) && ev_time() - start < PATIENCE)
        ev_run(loop, EVRUN_ONCE);
    ok(!registrator_holds(r, f.ids[0], IPPROTO_TCP, 80), "and removed");
    registrator_free(r);
    local->ops->free(local);
    end(&f);
}

static void test_problems(void)
{
    struct fixture f;
    struct kvs labels = {0};

    begin(&f);
    kvs_add(&labels, "HAPROXY_0_PORT", "http");
    set(&f, 0, 8000);
    f.v[0].labels = &labels;
    registrator_want(f.r, f.v, 1);
    is_int((long long)registrator_problems(f.r)->n, 1, "a problem is listed");
    expect(&f, "list;put n:00:80:8000;", "and the instance registered");
    unsigned before = f.changes;
    f.v[0].labels = &f.none;
    registrator_want(f.r, f.v, 1);
    ev_run(loop, EVRUN_NOWAIT);
    is_int((long long)registrator_problems(f.r)->n, 0, "a mended one is not");
    ok(f.changes > before, "which its owner hears");
    kvs_done(&labels);
    end(&f);
}

int main(void)
{
    loop = ev_default_loop(0);
    log_set_level(LOG_LEVEL_ERR);
    test_first_pass();
    test_steps();
    test_failures();
    test_slow_pass();
    test_limit();
    test_freed_in_the_middle();
    test_local();
    test_problems();
    return tap_done();
}
