/* The last good catalog: written, read back, and what is wrong with it. */
#include "registrator/catalog_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static void fill(struct instances *l)
{
    struct instance *i = instances_add(l);

    i->id = xstrdup("node:web-1:80");
    i->service = xstrdup("web");
    i->node = xstrdup("node");
    i->address = xstrdup("2001:db8::1");
    i->port = 28001;
    i->container_address = xstrdup("172.17.0.2");
    i->container_port = 80;
    i->state = INSTANCE_DRAINING;
    strv_add(&i->tags, "b");
    strv_add(&i->tags, "a, \"quoted\"");
    kvs_add(&i->meta, "vhost", "web.example");
    kvs_add(&i->meta, META_NODE, "node");
    kvs_sort(&i->meta);
    i = instances_add(l);
    i->id = xstrdup("db");
    i->service = xstrdup("db");
    i->node = xstrdup("vm");
    i->address = xstrdup("db.example");
    i->state = INSTANCE_CRITICAL;
    i = instances_add(l);
    i->id = xstrdup("dual");
    i->service = xstrdup("dual");
    i->node = xstrdup("vm");
    i->address = xstrdup("192.0.2.1");
    i->address6 = xstrdup("2001:db8::2");
    i->weight = 7;
    i->weight_warning = 3;
    i->state = INSTANCE_PAUSED;
    instances_sort(l);
}

/* Writes 'c' to 'path', and returns how many slices that took; 0 on failure. */
static unsigned write_file(const char *path, const struct catalog *c, double when)
{
    struct catalog_file *f = catalog_file_new(path, when, NULL);
    unsigned slices = 1;
    int more;

    if (!f)
        return 0;
    while ((more = catalog_file_write(f, c, NULL)) > 0)
        slices++;
    catalog_file_free(f);
    return more ? 0 : slices;
}

static bool catalogs_equal(const struct catalog *a, const struct catalog *b)
{
    struct instances x = {0}, y = {0};

    catalog_lend(a, &x);
    catalog_lend(b, &y);
    bool equal = instances_equal(&x, &y);
    free(x.v);
    free(y.v);
    return equal;
}

static void test_round_trip(const char *path)
{
    struct instances all = {0};
    struct catalog in = {0}, out = {0};
    CLEAN(err) struct err *err = NULL;
    double when = 0.;

    is_int(catalog_file_read(path, &out, &when, &err), -1, "there is no file");
    is_int(err_code(err), ENOENT, "the error says so");
    fill(&all);
    catalog_set_all(&in, &all);
    is_int(write_file(path, &in, 1700000000.5), 1, "a catalog is written at once");
    is_int(catalog_file_read(path, &out, &when, NULL), 0, "... and read");
    ok(catalogs_equal(&in, &out), "every value is back");
    ok(when == 1700000000.5, "the time is back");
    instances_done(&all);
    catalog_done(&in);
    catalog_done(&out);
    is_int(write_file(path, &in, 5.), 1, "an empty one is written");
    is_int(catalog_file_read(path, &out, &when, NULL), 0, "... and read");
    ok(!out.n && when == 5., "nothing was known then");
}

/* 2,000 instances of as many services. */
static void fill_large(struct catalog *c)
{
    for (unsigned i = 0; i < 2000; i++) {
        CLEAN(free_str) char *name = xasprintf("service-%04u", i);
        struct instances one = {0};
        struct instance *at = instances_add(&one);

        at->id = xstrdup("1");
        at->service = xstrdup(name);
        at->node = xstrdup("node");
        at->address = xstrdup("192.0.2.1");
        catalog_set(c, name, &one);
    }
}

static void test_slices(const char *path)
{
    struct catalog in = {0}, out = {0};
    struct instances none = {0};
    double when;

    fill_large(&in);
    ok(write_file(path, &in, 1.) > 4, "a large catalog is written in slices");
    catalog_file_read(path, &out, &when, NULL);
    ok(catalogs_equal(&in, &out), "all of it is read");
    catalog_done(&out);

    struct catalog_file *f = catalog_file_new(path, 2., NULL);
    is_int(catalog_file_write(f, &in, NULL), 1, "one that is not complete");
    catalog_set(&in, "service-0000", &none);
    catalog_set(&in, "service-1999", &none);
    catalog_file_free(f);
    catalog_file_read(path, &out, &when, NULL);
    is_int((long long)out.n, 2000, "the last one stays");
    ok(when == 1., "as it was");
    catalog_done(&out);

    f = catalog_file_new(path, 3., NULL);
    catalog_file_write(f, &in, NULL);
    catalog_set(&in, "service-1998", &none);
    while (catalog_file_write(f, &in, NULL) > 0)
        ;
    catalog_file_free(f);
    catalog_file_read(path, &out, &when, NULL);
    ok(catalogs_equal(&in, &out), "a service may go meanwhile");
    catalog_done(&in);
    catalog_done(&out);
}

static void expect_refusal(const char *path, const char *text, const char *why)
{
    struct catalog c = {0};
    CLEAN(err) struct err *err = NULL;
    double when;

    file_replace(path, text, strlen(text), 0600, NULL);
    is_int(catalog_file_read(path, &c, &when, &err), -1, "refused: %s", text);
    ok(strstr(err_msg(err), why) != NULL, "it is said why: %s", err_msg(err));
    ok(!c.n, "nothing of it is taken");
}

static void test_odd(const char *path)
{
    static const char odd[] =
        "{\"seen\": 5}\n"
        "{\"service\": \"s\", \"instances\": [7, {}, {\"id\": \"x\"}, {\"id\": \"a\","
        "\"node\": \"n\", \"address\": \"1.2.3.4\", \"port\": 70000, \"state\": \"?\","
        "\"tags\": [1, \"t\"], \"meta\": {\"k\": 1}}]}\n"
        "{\"service\": \"t\", \"instances\": [7]}\n";
    struct catalog c = {0};
    double when;

    file_replace(path, odd, sizeof odd - 1, 0600, NULL);
    is_int(catalog_file_read(path, &c, &when, NULL), 0, "odd entries do not spoil the file");
    const struct catalog_service *s = catalog_find(&c, "s");
    ok(c.n == 1 && s && s->instances.n == 1, "what is an instance is kept");
    const struct instance *i = &s->instances.v[0];
    ok(!i->port && i->state == INSTANCE_PASSING && i->tags.n == 1 && !i->meta.n,
       "what is odd in it counts as not said");
    catalog_done(&c);
    expect_refusal(path, "", "it is empty");
    expect_refusal(path, "{\"instances\"", "line 1");
    expect_refusal(path, "{}", "this is no catalog of berth's");
    expect_refusal(path, "[]", "this is no catalog of berth's");
    expect_refusal(path, "{\"seen\": 5}\n{\"service\": \"s\"}\n", "line 2");
    expect_refusal(path,
                   "{\"seen\": 5}\n{\"service\": \"s\", \"instances\": [{\"id\": \"a\","
                   "\"node\": \"n\", \"address\": \"1.2.3.4\"}]}\n{\"service\": \"t",
                   "line 3");
}

int main(void)
{
    char dir[] = "/tmp/berth-catalog-XXXXXX";

    if (!mkdtemp(dir))
        return 1;
    CLEAN(free_str) char *sub = xasprintf("%s/state", dir);
    CLEAN(free_str) char *path = xasprintf("%s/catalog.json", sub);
    test_round_trip(path);
    test_slices(path);
    test_odd(path);
    unlink(path);
    rmdir(sub);
    rmdir(dir);
    return tap_done();
}
