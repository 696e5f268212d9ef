/* What stays in a registry that nobody wants there any more: failed containers, the end of berth;
 * and the tags of every service. */
#include <ev.h>
#include <stdio.h>
#include <string.h>

#include "lib/log.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "registrator/registrator.h"
#include "tests/tap.h"

#define PATIENCE 20. /* seconds until a condition that does not come is a failure */
#define CONTAINERS 2

struct fixture {
    struct registry *registry;
    struct registrator *r;
    struct endpoint v[CONTAINERS];
    char ids[CONTAINERS][CONTAINER_ID_LEN + 1];
    struct kvs none;
    unsigned left; /* calls of on_left() */
};

static struct ev_loop *loop;

static void on_change(void *arg)
{
    (void)arg;
}

static void on_left(void *arg)
{
    struct fixture *f = arg;

    f->left++;
}

static void begin(struct fixture *f, const char *tags, bool strict)
{
    struct registrator_config config = {
        .node = "n", .host_addr = ipaddr_any4(), .tags = tags, .strict = strict};

    *f = (struct fixture){.registry = local_registry_new()};
    f->r = registrator_new(loop, &config, f->registry, on_change, f);
    for (size_t k = 0; k < CONTAINERS; k++) {
        snprintf(f->ids[k], sizeof f->ids[k], "%064zx", k);
        f->v[k] = (struct endpoint){.container_id = f->ids[k],
                                    .container_name = k ? "b" : "a",
                                    .image = "nginx",
                                    .env = &f->none,
                                    .labels = &f->none,
                                    .network = "bridge",
                                    .reach = REACH_PUBLISHED,
                                    .protocol = IPPROTO_TCP,
                                    .container_port = 80,
                                    .host_addr = ipaddr_any4(),
                                    .host_port = (uint16_t)(8000 + k)};
    }
}

static void end(struct fixture *f)
{
    registrator_free(f->r);
    f->registry->ops->free(f->registry);
}

struct listing {
    struct sbuf text;
    bool done;
};

static void on_list(void *arg, const struct instances *list, const struct err *err)
{
    struct listing *l = arg;

    (void)err;
    for (size_t i = 0; i < list->n; i++)
        sbuf_addf(&l->text, "%s%s:%u %s", i ? ", " : "", list->v[i].id, list->v[i].port,
                  instance_state_name(list->v[i].state));
    l->done = true;
}

/* What the registry has; the caller frees it. */
static char *contents(struct fixture *f)
{
    struct listing l = {.text = SBUF_INIT};

    f->registry->ops->list(f->registry, on_list, &l);
    while (!l.done)
        ev_run(loop, EVRUN_ONCE);
    return sbuf_take(&l.text);
}

/* Waits until the registry has 'wanted'. */
static void becomes(struct fixture *f, const char *wanted, const char *name)
{
    double start = ev_time();
    char *got = contents(f);

    while (strcmp(got, wanted) && ev_time() - start < PATIENCE) {
        free(got);
        got = contents(f);
    }
    is_str(got, wanted, "%s", name);
    free(got);
}

/* The registry must owe nothing to one that is freed before it. */
static void wait_until_answered(struct fixture *f)
{
    double start = ev_time();

    while (!registrator_sync(f->r)->passes && ev_time() - start < PATIENCE)
        ev_run(loop, EVRUN_ONCE);
    ok(registrator_sync(f->r)->passes > 0, "its pass is over");
}

static void wait_until_left(struct fixture *f)
{
    double start = ev_time();

    while (!f->left && ev_time() - start < PATIENCE)
        ev_run(loop, EVRUN_ONCE);
}

static void test_failed_container(void)
{
    struct fixture f;
    struct strv keep = {0};

    begin(&f, NULL, false);
    registrator_want(f.r, f.v, 2);
    becomes(&f, "n:a:80:8000 passing, n:b:80:8001 passing", "both are registered");
    strv_add(&keep, f.ids[1]);
    registrator_keep(f.r, &keep);
    registrator_want(f.r, NULL, 0);
    becomes(&f, "n:b:80:8001 passing", "the one that failed stays when neither is wanted");
    strv_done(&keep);
    registrator_keep(f.r, &keep);
    becomes(&f, "", "until its container is gone, too");
    end(&f);
}

/* As after a restart: the registry has what this process has never wanted. */
static void test_failed_before_the_start(void)
{
    struct fixture f;
    struct strv keep = {0};

    begin(&f, NULL, false);
    registrator_want(f.r, f.v, 2);
    becomes(&f, "n:a:80:8000 passing, n:b:80:8001 passing", "another process registers both");
    wait_until_answered(&f);
    registrator_free(f.r);
    f.r =
        registrator_new(loop, &(struct registrator_config){.node = "n", .host_addr = ipaddr_any4()},
                        f.registry, on_change, &f);
    strv_add(&keep, f.ids[1]);
    registrator_keep(f.r, &keep);
    registrator_want(f.r, NULL, 0);
    becomes(&f, "n:b:80:8001 passing", "the failed one stays, the other one does not");
    strv_done(&keep);
    end(&f);
}

static void test_leave(void)
{
    static const struct {
        enum registrator_leave how;
        const char *wanted, *name;
    } rows[] = {
        {REGISTRATOR_KEEP, "n:a:80:8000 passing, n:b:80:8001 passing", "keep"},
        {REGISTRATOR_DEREGISTER, "", "deregister"},
        {REGISTRATOR_MAINTENANCE, "n:a:80:8000 draining, n:b:80:8001 draining", "maintenance"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fixture f;

        begin(&f, NULL, false);
        registrator_want(f.r, f.v, 2);
        becomes(&f, "n:a:80:8000 passing, n:b:80:8001 passing", "both are registered");
        registrator_leave(f.r, rows[i].how, on_left, &f);
        is_int(f.left, 0, "%s: the end is not told inline", rows[i].name);
        if (rows[i].how != REGISTRATOR_KEEP)
            registrator_want(f.r, f.v, 1);
        wait_until_left(&f);
        CLEAN(free_str) char *got = contents(&f);
        is_str(got, rows[i].wanted, "%s: what there is at the end", rows[i].name);
        is_int(f.left, 1, "%s: it is told once", rows[i].name);
        end(&f);
    }
}

static void test_leave_early(void)
{
    static const enum registrator_leave ways[] = {REGISTRATOR_DEREGISTER, REGISTRATOR_MAINTENANCE};

    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        struct fixture f;

        begin(&f, NULL, false);
        if (i) /* its put is still under way */
            registrator_want(f.r, f.v, 1);
        registrator_leave(f.r, ways[i], on_left, &f);
        wait_until_left(&f);
        CLEAN(free_str) char *got = contents(&f);
        is_str(got, i ? "n:a:80:8000 draining" : "", "before anything is registered");
        is_int(f.left, 1, "the end is told");
        end(&f);
    }
}

static void test_tags(bool strict, const char *web, const char *dns)
{
    struct fixture f;
    struct kvs labels = {0};

    begin(&f, "x,y\\,z", strict);
    kvs_add(&labels, "SERVICE_TAGS", "a");
    f.v[0].labels = &labels;
    f.v[1].protocol = IPPROTO_UDP;
    registrator_want(f.r, f.v, 2);
    for (size_t i = 0; i < 2; i++) {
        CLEAN(free_str) char *tags = strv_join(&registrator_wanted(f.r)->v[i].tags, " ");
        is_str(tags, i ? dns : web, "tags of every service%s", strict ? ", turned round" : "");
    }
    end(&f);
    kvs_done(&labels);
}

int main(void)
{
    loop = ev_default_loop(0);
    log_set_level(LOG_LEVEL_ERR);
    test_failed_container();
    test_failed_before_the_start();
    test_leave();
    test_leave_early();
    test_tags(false, "a x y,z", "x y,z udp");
    test_tags(true, "a y,z x", "y,z x udp");
    return tap_done();
}
