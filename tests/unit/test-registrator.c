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
#include "tests/unit/scripted-registry.h"

static void test_first_pass(void)
{
    struct fixture f;

    script_begin(&f);
    script_leave(&f.registry, "left");
    f.registry.on_lost(f.registry.arg);
    ev_run(script_loop, EVRUN_NOWAIT);
    script_expect(&f, "", "nothing happens before anything is wanted");
    ok(registrator_holds(f.r, "any", IPPROTO_TCP, 1), "and everything may be registered");
    script_set(&f, 0, 8000);
    script_set(&f, 1, 8001);
    registrator_want(f.r, f.v, 2);
    is_str(sbuf_str(&f.registry.calls), "", "nothing happens inline");
    script_expect(&f, "list;put n:00:80:8000;put n:01:80:8001;del left;",
                  "one listing, then what differs, puts before deletes");
    ok(registrator_is_registered(f.r, "n:00:80"), "it is registered");
    ok(!registrator_is_registered(f.r, "left"), "what is not wanted is not");
    ok(registrator_holds(f.r, f.ids[1], IPPROTO_TCP, 80), "its port is held");
    ok(!registrator_holds(f.r, f.ids[1], IPPROTO_UDP, 80), "not its UDP port");
    ok(!registrator_holds(f.r, "old", IPPROTO_TCP, 80), "nor what was removed");
    ok(f.changes > 0, "the owner has heard of it");
    script_end(&f);
}

static void test_steps(void)
{
    struct fixture f;

    script_begin(&f);
    script_set(&f, 0, 8000);
    script_set(&f, 1, 8001);
    registrator_want(f.r, f.v, 1);
    script_expect(&f, "list;put n:00:80:8000;", "the first one");
    registrator_want(f.r, f.v, 2);
    script_expect(&f, "put n:01:80:8001;", "a new one costs one put, and no listing");
    registrator_want(f.r, f.v, 2);
    ev_run(script_loop, EVRUN_NOWAIT);
    script_expect(&f, "", "the same again costs nothing");
    f.v[0].draining = true;
    registrator_want(f.r, f.v, 2);
    script_expect(&f, "put n:00:80:8000 draining again;", "a draining one is put again");
    f.v[0].draining = false;
    f.v[0].host_port = 9000;
    registrator_want(f.r, f.v, 2);
    script_expect(&f, "put n:00:80:9000 again;", "so is one with another port");
    registrator_want(f.r, f.v + 1, 1);
    script_expect(&f, "del n:00:80;", "one that is gone is deleted");
    ok(!registrator_holds(f.r, f.ids[0], IPPROTO_TCP, 80), "and its port is free");
    script_forget(&f.registry, "n:01:80");
    f.registry.on_lost(f.registry.arg);
    script_expect(&f, "list;put n:01:80:8001;", "what somebody else deletes comes back");
    registrator_want(f.r, NULL, 0);
    script_expect(&f, "del n:01:80;", "nothing may be wanted, too");
    is_int((long long)registrator_sync(f.r)->errors, 0, "without an error");
    script_end(&f);
}

/* Only what comes out differently is written, and nothing of the old configuration is read. */
static void test_another_config(void)
{
    struct fixture f;
    char *tags = xstrdup("blue");
    struct registrator_config config = {.node = "n", .host_addr = ipaddr_any4(), .tags = tags};

    script_begin(&f);
    ipaddr_parse("10.0.0.1", &config.host_addr);
    script_set(&f, 0, 8000);
    script_set(&f, 1, 8001);
    registrator_set_config(f.r, &config);
    free(tags);
    registrator_want(f.r, f.v, 2);
    script_expect(&f, "list;put n:00:80:8000;put n:01:80:8001;", "both, with the tag");
    is_str(registrator_wanted(f.r)->v[0].tags.v[0], "blue", "which it has");
    config.tags = "blue";
    registrator_set_config(f.r, &config);
    registrator_want(f.r, f.v, 2);
    ev_run(script_loop, EVRUN_NOWAIT);
    script_expect(&f, "", "the same configuration costs nothing");
    config.deregister_on_kill = true;
    registrator_set_config(f.r, &config);
    registrator_want(f.r, f.v, 2);
    ev_run(script_loop, EVRUN_NOWAIT);
    script_expect(&f, "", "nor does one that changes no instance of now");
    f.v[1].draining = true;
    registrator_want(f.r, f.v, 2);
    script_expect(&f, "del n:01:80;", "but it counts");
    config.tags = "";
    registrator_set_config(f.r, &config);
    script_expect(&f, "", "nothing is written before somebody says what is wanted");
    registrator_want(f.r, f.v, 2);
    script_expect(&f, "put n:00:80:8000 again;", "without the tag it is another one");
    script_end(&f);
}

static void test_failures(void)
{
    struct fixture f;

    script_begin(&f);
    script_set(&f, 0, 8000);
    script_set(&f, 1, 8001);
    f.registry.fail = "list";
    registrator_want(f.r, f.v, 2);
    script_expect(&f, "list;", "a listing that fails");
    ok(registrator_holds(f.r, "any", IPPROTO_TCP, 1), "leaves everything possible");
    f.registry.fail = "n:00:80";
    script_expect(&f, "list;put n:00:80:8000;put n:01:80:8001;", "is tried again");
    is_str(registrator_sync(f.r)->last_error, "n:00:80 was to fail", "a put that fails is told");
    ok(registrator_is_registered(f.r, "n:01:80"), "and does not stop the other one");
    ok(!registrator_is_registered(f.r, "n:00:80"), "it is not registered");
    ok(registrator_holds(f.r, f.ids[0], IPPROTO_TCP, 80), "but it may be");
    f.registry.fail = NULL;
    script_expect(&f, "list;put n:00:80:8000;", "after a failure the registry is listed");
    ok(!registrator_sync(f.r)->last_error, "and all is well again");
    f.registry.fail = "n:00:80";
    registrator_want(f.r, f.v + 1, 1);
    script_expect(&f, "del n:00:80;", "a delete that fails");
    ok(registrator_holds(f.r, f.ids[0], IPPROTO_TCP, 80), "leaves the instance possible");
    f.registry.fail = NULL;
    script_expect(&f, "list;del n:00:80;", "and is tried again");
    ok(!registrator_holds(f.r, f.ids[0], IPPROTO_TCP, 80), "until it is gone");
    script_end(&f);
}

static void test_slow_pass(void)
{
    struct fixture f;

    script_begin(&f);
    script_set(&f, 0, 8000);
    script_set(&f, 1, 8001);
    f.registry.hold = "n:00:80";
    registrator_want(f.r, f.v, 1);
    script_expect(&f, "list;put n:00:80:8000;", "a put that takes long");
    ok(registrator_holds(f.r, f.ids[0], IPPROTO_TCP, 80), "may have arrived");
    registrator_want(f.r, f.v, 2);
    script_expect(&f, "put n:01:80:8001;", "makes no other one wait");
    f.v[0].host_port = 9000;
    registrator_want(f.r, f.v, 2);
    ev_run(script_loop, EVRUN_NOWAIT);
    script_expect(&f, "", "but the next one of its own id");
    script_release(&f.registry);
    script_expect(&f, "put n:00:80:9000 again;", "which follows");
    f.registry.hold = "n:00:80";
    f.v[0].draining = true;
    registrator_want(f.r, f.v, 2);
    script_expect(&f, "put n:00:80:9000 draining again;", "another one that takes long");
    registrator_want(f.r, f.v + 1, 1);
    ev_run(script_loop, EVRUN_NOWAIT);
    script_release(&f.registry);
    script_expect(&f, "del n:00:80;", "is deleted when it is not wanted in the end");
    ok(!registrator_holds(f.r, f.ids[0], IPPROTO_TCP, 80), "and gone");
    script_end(&f);
}

/* A list tells what was there at some time while it was made. */
static void test_slow_list(void)
{
    struct fixture f;

    script_begin(&f);
    script_set(&f, 0, 8000);
    script_set(&f, 1, 8001);
    registrator_want(f.r, f.v, 1);
    script_expect(&f, "list;put n:00:80:8000;", "the first one");
    f.registry.hold = "list";
    f.registry.on_lost(f.registry.arg);
    script_expect(&f, "list;", "a listing that takes long");
    registrator_want(f.r, f.v, 2);
    script_expect(&f, "put n:01:80:8001;", "makes no put wait");
    script_forget(&f.registry, "n:01:80");
    script_release(&f.registry);
    script_expect(&f, "", "and may be older than that");
    ok(registrator_is_registered(f.r, "n:01:80"), "it is registered");
    f.registry.on_lost(f.registry.arg);
    script_expect(&f, "list;put n:01:80:8001;", "as long as the next one does not differ");
    f.registry.fail = "n:00:80";
    f.v[0].host_port = 9000;
    registrator_want(f.r, f.v, 2);
    script_expect(&f, "put n:00:80:9000 again;", "after a put that fails");
    f.registry.fail = NULL;
    f.registry.hold = "list";
    script_expect(&f, "list;", "a listing");
    f.v[1].host_port = 9001;
    registrator_want(f.r, f.v, 2);
    ev_run(script_loop, EVRUN_NOWAIT);
    script_expect(&f, "", "is waited for");
    script_release(&f.registry);
    script_expect(&f, "put n:00:80:9000 again;put n:01:80:9001 again;", "before anything is put");
    script_end(&f);
}

static void test_limit(void)
{
    struct fixture f;

    script_begin(&f);
    for (size_t i = 0; i < ENDPOINTS_MAX; i++)
        script_set(&f, i, (uint16_t)(8000 + i));
    registrator_want(f.r, f.v, ENDPOINTS_MAX);
    double start = ev_time();
    while (f.registry.has.n < ENDPOINTS_MAX && ev_time() - start < PATIENCE)
        ev_run(script_loop, EVRUN_ONCE);
    is_int((long long)f.registry.has.n, ENDPOINTS_MAX, "all are registered");
    is_int((long long)f.registry.most, 16, "sixteen at a time");
    script_end(&f);
}

static void test_freed_in_the_middle(void)
{
    struct fixture f;

    script_begin(&f);
    script_set(&f, 0, 8000);
    f.registry.hold = "*";
    registrator_want(f.r, f.v, 1);
    script_expect(&f, "list;", "a listing without an answer");
    script_end(&f);
    script_begin(&f);
    script_set(&f, 0, 8000);
    f.registry.hold = "n:00:80";
    registrator_want(f.r, f.v, 1);
    script_expect(&f, "list;put n:00:80:8000;", "a put without an answer");
    script_end(&f);
}

/* With the registry that is there where no other one is. */
static void test_local(void)
{
    struct fixture f;
    struct registrator_config config = {.node = "n", .host_addr = ipaddr_any4()};
    struct registry *local = local_registry_new();

    script_begin(&f);
    struct registrator *r = registrator_new(script_loop, &config, local, script_on_change, &f);
    script_set(&f, 0, 8000);
    registrator_want(r, f.v, 1);
    double start = ev_time();
    while (!registrator_is_registered(r, "n:00:80") && ev_time() - start < PATIENCE)
        ev_run(script_loop, EVRUN_ONCE);
    ok(registrator_is_registered(r, "n:00:80"), "registered in the local registry");
    registrator_want(r, NULL, 0);
    while (registrator_holds(r, f.ids[0], IPPROTO_TCP, 80) && ev_time() - start < PATIENCE)
        ev_run(script_loop, EVRUN_ONCE);
    ok(!registrator_holds(r, f.ids[0], IPPROTO_TCP, 80), "and removed");
    registrator_free(r);
    local->ops->free(local);
    script_end(&f);
}

static void test_problems(void)
{
    struct fixture f;
    struct kvs labels = {0};

    script_begin(&f);
    kvs_add(&labels, "HAPROXY_0_PORT", "http");
    script_set(&f, 0, 8000);
    f.v[0].labels = &labels;
    registrator_want(f.r, f.v, 1);
    is_int((long long)registrator_problems(f.r)->n, 1, "a problem is listed");
    script_expect(&f, "list;put n:00:80:8000;", "and the instance registered");
    unsigned before = f.changes;
    f.v[0].labels = &f.none;
    registrator_want(f.r, f.v, 1);
    ev_run(script_loop, EVRUN_NOWAIT);
    is_int((long long)registrator_problems(f.r)->n, 0, "a mended one is not");
    ok(f.changes > before, "which its owner hears");
    kvs_done(&labels);
    script_end(&f);
}

/* A container that ended with a failure keeps its instance, also when it was registered by a berth
 * before this one. */
static void test_keep(void)
{
    struct fixture f;
    struct strv keep = {0};

    script_begin(&f);
    script_leave(&f.registry, "left");
    strv_add(&keep, "old");
    script_set(&f, 0, 8000);
    script_set(&f, 1, 8001);
    strv_add(&keep, f.ids[1]);
    registrator_keep(f.r, &keep);
    registrator_want(f.r, f.v, 2);
    script_expect(&f, "list;put n:00:80:8000;put n:01:80:8001;", "what is kept is not deleted");
    registrator_want(f.r, f.v, 1);
    ev_run(script_loop, EVRUN_NOWAIT);
    script_expect(&f, "", "nor what is not wanted any more");
    registrator_want(f.r, f.v, 1);
    script_forget(&f.registry, "n:01:80");
    f.registry.on_lost(f.registry.arg);
    script_expect(&f, "list;put n:01:80:8001;", "and it comes back");
    strv_done(&keep);
    registrator_keep(f.r, &keep);
    script_expect(&f, "del left;del n:01:80;", "until its container is gone, too");
    script_end(&f);
}

static void on_left(void *arg)
{
    ++*(unsigned *)arg;
}

static void wait_until_left(const unsigned *left)
{
    double start = ev_time();

    while (!*left && ev_time() - start < PATIENCE)
        ev_run(script_loop, EVRUN_ONCE);
}

static void test_leave(void)
{
    static const struct {
        enum registrator_leave how;
        const char *calls;
    } rows[] = {
        {REGISTRATOR_KEEP, ""},
        {REGISTRATOR_DEREGISTER, "del n:00:80;del n:01:80;"},
        {REGISTRATOR_MAINTENANCE,
         "put n:00:80:8000 draining again;put n:01:80:8001 draining again;"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fixture f;
        unsigned left = 0;

        script_begin(&f);
        script_set(&f, 0, 8000);
        script_set(&f, 1, 8001);
        registrator_want(f.r, f.v, 2);
        script_expect(&f, "list;put n:00:80:8000;put n:01:80:8001;", "they are registered");
        registrator_leave(f.r, rows[i].how, on_left, &left);
        if (rows[i].how != REGISTRATOR_KEEP)
            registrator_want(f.r, f.v, 1);
        is_int(left, 0, "the end is not told inline");
        script_expect(&f, rows[i].calls, "what becomes of them");
        wait_until_left(&left);
        is_int(left, 1, "the end is told, once");
        script_end(&f);
    }
}

static void test_leave_late_and_early(void)
{
    struct fixture f;
    unsigned left = 0;

    script_begin(&f);
    script_set(&f, 0, 8000);
    f.registry.hold = "n:00:80";
    registrator_want(f.r, f.v, 1);
    script_expect(&f, "list;put n:00:80:8000;", "a put that takes long");
    registrator_leave(f.r, REGISTRATOR_DEREGISTER, on_left, &left);
    ev_run(script_loop, EVRUN_NOWAIT);
    ev_run(script_loop, EVRUN_NOWAIT);
    is_int(left, 0, "is waited for");
    script_release(&f.registry);
    script_expect(&f, "del n:00:80;", "and taken back");
    wait_until_left(&left);
    is_int(left, 1, "that is the end");
    script_end(&f);

    left = 0;
    script_begin(&f);
    script_leave(&f.registry, "left");
    registrator_leave(f.r, REGISTRATOR_DEREGISTER, on_left, &left);
    script_expect(&f, "list;del left;", "what is ours goes, though nothing was ever wanted");
    wait_until_left(&left);
    is_int(left, 1, "and that is the end");
    script_end(&f);
}

static void test_tags(void)
{
    struct fixture f;
    struct registrator_config config = {.node = "n", .host_addr = ipaddr_any4(), .tags = "x,y\\,z"};
    struct kvs labels = {0};

    script_begin(&f);
    struct registrator *r =
        registrator_new(script_loop, &config, &f.registry.base, script_on_change, &f);
    kvs_add(&labels, "SERVICE_TAGS", "a");
    script_set(&f, 0, 8000);
    script_set(&f, 1, 8001);
    f.v[0].labels = &labels;
    f.v[1].protocol = IPPROTO_UDP;
    registrator_want(r, f.v, 2);
    for (size_t i = 0; i < 2; i++) {
        CLEAN(free_str) char *tags = strv_join(&registrator_wanted(r)->v[i].tags, " ");
        is_str(tags, i ? "x y,z udp" : "a x y,z", "tags of every service");
    }
    registrator_free(r);
    kvs_done(&labels);
    script_end(&f);
}

int main(void)
{
    script_loop = ev_default_loop(0);
    log_set_level(LOG_LEVEL_ERR);
    test_first_pass();
    test_steps();
    test_another_config();
    test_failures();
    test_slow_pass();
    test_slow_list();
    test_limit();
    test_freed_in_the_middle();
    test_local();
    test_problems();
    test_keep();
    test_leave();
    test_leave_late_and_early();
    test_tags();
    return tap_done();
}
