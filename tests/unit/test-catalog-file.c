/* The last good catalog: written, read back, and what is wrong with it. */
#include "registrator/catalog_file.h"

#include <errno.h>
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

static void expect_refusal(const char *path, const char *text, const char *why)
{
    struct instances l = {0};
    CLEAN(err) struct err *err = NULL;
    double when;

    file_replace(path, text, strlen(text), 0600, NULL);
    is_int(catalog_file_read(path, &l, &when, &err), -1, "refused: %s", text);
    ok(strstr(err_msg(err), why) != NULL, "it is said why: %s", err_msg(err));
}

int main(void)
{
    char dir[] = "/tmp/berth-catalog-XXXXXX";
    struct instances in = {0}, out = {0}, some = {0};
    CLEAN(err) struct err *err = NULL;
    double when = 0.;

    if (!mkdtemp(dir))
        return 1;
    CLEAN(free_str) char *sub = xasprintf("%s/state", dir);
    CLEAN(free_str) char *path = xasprintf("%s/catalog.json", sub);
    is_int(catalog_file_read(path, &out, &when, &err), -1, "there is no file");
    is_int(err_code(err), ENOENT, "the error says so");
    fill(&in);
    is_int(catalog_file_write(path, &in, 1700000000.5, NULL), 0, "a catalog is written");
    is_int(catalog_file_read(path, &out, &when, NULL), 0, "... and read");
    ok(instances_equal(&in, &out), "every value is back");
    ok(when == 1700000000.5, "the time is back");

    static const char odd[] =
        "{\"seen\": 5, \"instances\": [7, {}, {\"id\": \"x\"}, {\"id\": \"a\","
        "\"service\": \"s\", \"node\": \"n\", \"address\": \"1.2.3.4\","
        "\"port\": 70000, \"state\": \"?\", \"tags\": [1, \"t\"],"
        "\"meta\": {\"k\": 1}}]}";
    file_replace(path, odd, sizeof odd - 1, 0600, NULL);
    is_int(catalog_file_read(path, &some, &when, NULL), 0, "odd entries do not spoil the file");
    ok(some.n == 1 && !some.v[0].port && some.v[0].state == INSTANCE_PASSING &&
           some.v[0].tags.n == 1 && !some.v[0].meta.n,
       "what is an instance is kept");
    expect_refusal(path, "{\"instances\"", "catalog.json");
    expect_refusal(path, "{}", "it is no catalog of berth's");
    expect_refusal(path, "[]", "it is no catalog of berth's");
    instances_done(&in);
    instances_done(&out);
    instances_done(&some);
    unlink(path);
    rmdir(sub);
    rmdir(dir);
    return tap_done();
}
