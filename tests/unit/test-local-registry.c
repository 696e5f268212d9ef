#include <ev.h>
#include <stdint.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "registrator/registry.h"
#include "tests/tap.h"

static struct sbuf heard;

static void on_list(void *arg, const struct instances *list, const struct err *err)
{
    (void)arg;
    sbuf_addf(&heard, "list %zu%s;", list->n, err ? " error" : "");
}

static void on_done(void *arg, const struct err *err)
{
    sbuf_addf(&heard, "%s%s;", (const char *)arg, err ? " error" : "");
}

static void on_catalog(void *arg, const struct catalog *catalog, const struct err *err)
{
    struct instances all = {0};

    (void)arg;
    catalog_lend(catalog, &all);
    sbuf_addf(&heard, "catalog%s", err ? " error" : "");
    for (size_t i = 0; i < all.n; i++)
        sbuf_addf(&heard, " %s:%s:%u", all.v[i].service, all.v[i].id, all.v[i].port);
    sbuf_addch(&heard, ';');
    free(all.v);
}

static void put(struct registry *r, const char *service, const char *id, uint16_t port)
{
    struct instance i = {.id = xstrdup(id),
                         .service = xstrdup(service),
                         .node = xstrdup("n"),
                         .address = xstrdup("192.0.2.1"),
                         .port = port};

    r->ops->put(r, &i, NULL, on_done, (void *)(uintptr_t) "put");
    instance_done(&i);
}

/* Runs the loop until it has nothing to do, and compares what was heard. */
static void hears(const char *wanted, const char *name)
{
    ev_run(ev_default_loop(0), 0);
    is_str(sbuf_str(&heard), wanted, "%s", name);
    sbuf_clear(&heard);
}

int main(void)
{
    struct registry *r = local_registry_new();
    char two[] = "2", none[] = "gone";
    const struct instance second = {.id = two}, gone = {.id = none};

    is_str(r->ops->name, "local", "its name");
    ok(!r->ops->watch_own, "nobody else writes to it");
    put(r, "b", "1", 80);
    is_str(sbuf_str(&heard), "", "calls return at once, without their results");
    put(r, "a", "2", 80);
    r->ops->list(r, on_list, NULL);
    hears("put;put;list 2;", "results come from the loop, in order");
    r->ops->watch_catalog(r, on_catalog, NULL);
    hears("catalog a:2:80 b:1:80;", "the catalog comes now, sorted");
    put(r, "c", "1", 81);
    put(r, "c", "3", 82);
    hears("put;put;catalog a:2:80 c:1:81 c:3:82;", "and once after changes; an id is there once");
    r->ops->del(r, &second, on_done, (void *)(uintptr_t) "del");
    r->ops->del(r, &gone, on_done, (void *)(uintptr_t) "del");
    hears("del;del;catalog c:1:81 c:3:82;", "an id that is not there is no error");
    r->ops->del(r, &gone, on_done, (void *)(uintptr_t) "del");
    hears("del;", "no catalog where nothing has changed");
    put(r, "d", "4", 80);
    r->ops->free(r);
    hears("", "a freed registry says nothing");
    sbuf_done(&heard);
    return tap_done();
}
