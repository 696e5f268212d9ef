#include "registrator/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static void add(struct instances *l, const char *service, const char *id, uint16_t port)
{
    struct instance *i = instances_add(l);

    i->service = xstrdup(service);
    i->node = xstrdup("n");
    i->id = xstrdup(id);
    i->address = xstrdup("192.0.2.1");
    i->port = port;
}

/* Sets 'service' to instances "1".."n" with ports from 'port' on. */
static bool set(struct catalog *c, const char *service, unsigned n, uint16_t port)
{
    struct instances now = {0};

    for (unsigned i = 1; i <= n; i++) {
        CLEAN(free_str) char *id = xasprintf("%u", i);

        add(&now, service, id, (uint16_t)(port + i));
    }
    bool changed = catalog_set(c, service, &now);
    ok(!now.n && !now.v, "the list of %s is taken over", service);
    return changed;
}

/* "<service>:<id>=<port> ..." in order. */
static void holds(const struct catalog *c, const char *wanted, const char *name)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    struct instances all = {0};

    catalog_lend(c, &all);
    for (size_t i = 0; i < all.n; i++)
        sbuf_addf(&text, "%s%s:%s=%u", i ? " " : "", all.v[i].service, all.v[i].id, all.v[i].port);
    is_str(sbuf_str(&text), wanted, "%s", name);
    is_int((long long)catalog_instances(c), (long long)all.n, "%s: so many", name);
    free(all.v);
}

static uint64_t stamp(const struct catalog *c, const char *service)
{
    const struct catalog_service *s = catalog_find(c, service);

    return s ? s->stamp : 0;
}

static void test_set(void)
{
    struct catalog c = {0};

    holds(&c, "", "an empty catalog");
    ok(!catalog_find(&c, "web"), "it has no service");
    ok(!set(&c, "web", 0, 80), "no instances of an unknown service are no change");
    ok(set(&c, "web", 2, 80), "a new service is one");
    ok(set(&c, "api", 1, 90), "so is another one");
    ok(set(&c, "zoo", 1, 70), "and a third");
    holds(&c, "api:1=91 web:1=81 web:2=82 zoo:1=71", "services are sorted by name");

    const struct catalog_service *web = catalog_find(&c, "web");
    uint64_t first = web->stamp, api = stamp(&c, "api");
    ok(!set(&c, "web", 2, 80), "the same instances are no change");
    is_int((long long)web->stamp, (long long)first, "the stamp stays");
    ok(set(&c, "web", 2, 8000), "another port is one");
    ok(catalog_find(&c, "web") == web, "the service stays where it is");
    ok(web->stamp != first, "its stamp is another one");
    is_int((long long)stamp(&c, "api"), (long long)api, "that of others is not");
    holds(&c, "api:1=91 web:1=8001 web:2=8002 zoo:1=71", "the new ports");

    uint64_t last = web->stamp;
    ok(set(&c, "web", 0, 0), "a service without instances goes");
    ok(!catalog_find(&c, "web"), "it is gone");
    is_str(catalog_next(&c, "")->name, "api", "the first service");
    is_str(catalog_next(&c, "api")->name, "zoo", "the one after it");
    is_str(catalog_next(&c, "web")->name, "zoo", "the one after a service that is gone");
    ok(!catalog_next(&c, "zoo"), "there is none after the last");
    ok(!catalog_find(&c, "we") && !catalog_find(&c, "zzz"), "there is no other one");
    ok(set(&c, "web", 2, 8000), "it comes back");
    ok(stamp(&c, "web") != last && stamp(&c, "web") != first, "no stamp is used twice");
    catalog_done(&c);
    holds(&c, "", "nothing afterwards");
}

static void test_set_all(void)
{
    struct catalog c = {0};
    struct instances all = {0}, none = {0};

    add(&all, "b", "1", 1);
    add(&all, "b", "2", 2);
    add(&all, "d", "1", 3);
    ok(catalog_set_all(&c, &all), "a first list");
    holds(&c, "b:1=1 b:2=2 d:1=3", "it is there");
    is_int((long long)all.n, 3, "the list stays its owner's");
    ok(!catalog_set_all(&c, &all), "the same list is no change");

    uint64_t b = stamp(&c, "b"), d = stamp(&c, "d");
    add(&all, "a", "1", 5);
    add(&all, "e", "1", 6);
    all.v[2].port = 4;
    instances_sort(&all);
    ok(catalog_set_all(&c, &all), "a change and two new services");
    holds(&c, "a:1=5 b:1=1 b:2=2 d:1=4 e:1=6", "they are there");
    is_int((long long)stamp(&c, "b"), (long long)b, "what is the same keeps its stamp");
    ok(stamp(&c, "d") != d, "what has changed does not");
    instances_done(&all);

    add(&all, "b", "2", 2);
    ok(catalog_set_all(&c, &all), "less");
    holds(&c, "b:2=2", "only that");
    ok(catalog_set_all(&c, &none), "nothing");
    holds(&c, "", "nothing at all");
    ok(!catalog_set_all(&c, &none), "nothing again");
    instances_done(&all);
    catalog_done(&c);
}

int main(void)
{
    test_set();
    test_set_all();
    return tap_done();
}
