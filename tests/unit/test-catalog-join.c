/* Catalogs of several sources as one. */
#include "registrator/catalog_join.h"

#include <stdlib.h>
#include <string.h>

#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static struct catalog registry, machines, tasks;

static const struct catalog *const from[CATALOG_JOIN_SOURCES] = {&registry, &machines, &tasks};

/* 'ids' is a list with blanks; "@t" behind an id is the task's. "": the service goes. */
static void set(struct catalog *c, const char *service, const char *ids)
{
    struct instances now = {0};

    for (const char *p = ids; *p;) {
        size_t len = strcspn(p, " "), id = strcspn(p, "@ ");
        struct instance *i = instances_add(&now);

        i->service = xstrdup(service);
        i->node = xstrdup("n");
        i->id = xstrndup(p, id);
        i->address = xstrdup("192.0.2.1");
        if (id < len) {
            CLEAN(free_str) char *task = xstrndup(p + id + 1, len - id - 1);
            kvs_add(&i->meta, META_MESOS_TASK, task);
        }
        p += len + strspn(p + len, " ");
    }
    instances_sort(&now);
    catalog_set(c, service, &now);
}

static void holds(struct catalog_join *j, const char *wanted, const char *name)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    struct instances all = {0};

    catalog_join_update(j, from);
    catalog_lend(&j->joined, &all);
    for (size_t i = 0; i < all.n; i++)
        sbuf_addf(&text, "%s%s:%s", i ? " " : "", all.v[i].service, all.v[i].id);
    is_str(sbuf_str(&text), wanted, "%s", name);
    free(all.v);
}

static uint64_t stamp(const struct catalog_join *j, const char *service)
{
    const struct catalog_service *s = catalog_find(&j->joined, service);

    return s ? s->stamp : 0;
}

static void test_join(void)
{
    struct catalog_join j = {0};

    holds(&j, "", "nothing");
    set(&registry, "a", "1 2");
    set(&machines, "a", "2 3");
    set(&machines, "b", "1");
    set(&tasks, "c", "x@t1 y@t2");
    holds(&j, "a:1 a:2 a:3 b:1 c:x c:y", "each once");
    uint64_t a = stamp(&j, "a"), b = stamp(&j, "b"), c = stamp(&j, "c");
    holds(&j, "a:1 a:2 a:3 b:1 c:x c:y", "the same again");
    set(&tasks, "c", "y@t2");
    holds(&j, "a:1 a:2 a:3 b:1 c:y", "a task ends");
    ok(stamp(&j, "a") == a && stamp(&j, "b") == b, "no other service is touched");
    ok(stamp(&j, "c") > c, "and its own is");
    set(&registry, "other", "z@t2");
    holds(&j, "a:1 a:2 a:3 b:1 other:z", "an agent has it under another name");
    set(&registry, "other", "z@t3");
    holds(&j, "a:1 a:2 a:3 b:1 c:y other:z", "it has it no more");
    ok(stamp(&j, "a") == a, "what has no task is not touched");
    set(&registry, "other", "");
    set(&registry, "a", "");
    set(&machines, "a", "");
    holds(&j, "b:1 c:y", "services go");
    set(&registry, "b", "1@t2");
    holds(&j, "b:1", "one in the place of two");
    catalog_join_done(&j);
}

int main(void)
{
    test_join();
    catalog_done(&registry);
    catalog_done(&machines);
    catalog_done(&tasks);
    return tap_done();
}
