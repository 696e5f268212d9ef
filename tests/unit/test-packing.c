/* A packed list is the list that it was. */
#include "registrator/packing.h"

#include "lib/xmalloc.h"
#include "tests/tap.h"

static struct instance *add(struct instances *l, const char *id)
{
    struct instance *i = instances_add(l);

    i->service = xstrdup("web");
    i->node = xstrdup("n");
    i->id = xstrdup(id);
    i->address = xstrdup("192.0.2.1");
    i->state = INSTANCE_DRAINING;
    i->weight = 3;
    return i;
}

/* Lists longer and shorter than the one before, texts that are shared, missing and empty. */
static void fill(struct instances *l)
{
    struct instance *i = add(l, "1");

    i->port = 80;
    i->address6 = xstrdup("2001:db8::1");
    strv_add(&i->tags, "a");
    kvs_add(&i->meta, "k", "v");
    kvs_add(&i->meta, "vhost", "web.example");
    i = add(l, "2");
    i->address6 = xstrdup("2001:db8::1");
    strv_add(&i->tags, "a");
    strv_add(&i->tags, "b");
    kvs_add(&i->meta, "k", "v");
    kvs_add(&i->meta, "vhost", "other.example");
    kvs_add(&i->meta, "x", "");
    i = add(l, "3");
    i->container_address = xstrdup("");
    probe_set(probes_add(&i->probes), PROBE_ID, "p");
    i = add(l, "4");
    strv_add(&i->tags, "a");
    kvs_add(&i->meta, "k", "v");
    i->address6 = xstrdup("2001:db8::2");
    i->container_address = xstrdup("172.17.0.2");
    i->container_port = 8080;
}

static void test_values(void)
{
    struct instances l = {0}, before = {0};

    fill(&l);
    instances_copy(&before, &l);
    packing_pack(&l);
    ok(l.texts != NULL, "it is packed");
    ok(instances_equal(&before, &l), "every value is as before");
    ok(!l.v[2].address6 && *l.v[2].container_address == '\0', "what is missing is not empty");
    ok(!l.v[2].probes.n, "probes are dropped");
    ok(l.v[0].service == l.v[3].service, "a text in common is there once");
    ok(l.v[0].meta.v[1].value != l.v[1].meta.v[1].value, "others are not");
    const struct instance *v = l.v;
    packing_pack(&l);
    ok(l.v == v, "a packed list stays where it is");
    instances_done(&before);
    instances_copy(&before, &l);
    instances_done(&l);
    is_str(before.v[1].meta.v[1].value, "other.example", "a copy of one stands alone");
    instances_done(&before);
}

static void test_empty(void)
{
    struct instances l = {0};

    packing_pack(&l);
    ok(!l.n && !l.v && !l.texts, "nothing stays nothing");
    instances_done(&l);
}

int main(void)
{
    test_values();
    test_empty();
    return tap_done();
}
