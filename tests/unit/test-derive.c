/* Inventory -> endpoints, over recorded inspect documents. */
#include "agent/derive.h"

#include <string.h>

#include "lib/json.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static const struct reach_rules no_rules;

static struct container *load(struct inventory *inv, const char *name)
{
    CLEAN(free_str) char *path = xasprintf("fixtures/inspect/%s.json", name);
    CLEAN(free_str) char *text = tests_read(path, NULL);
    CLEAN(json) json_t *doc = json_parse(text, strlen(text), NULL);
    struct container *c = container_from_json(doc, NULL);

    inventory_touch(inv, c->id)->container = c;
    return c;
}

static void add_network(struct inventory *inv, const char *id, const char *driver)
{
    size_t n = inv->n_networks;
    struct docker_network *v = xcalloc(n + 1, sizeof *v);

    for (size_t i = 0; i < n; i++)
        v[i] =
            (struct docker_network){xstrdup(inv->networks[i].id), xstrdup(inv->networks[i].driver)};
    v[n] = (struct docker_network){xstrdup(id), xstrdup(driver)};
    inventory_set_networks(inv, v, n + 1);
}

static void describe(const struct inventory *inv, double now, struct sbuf *out)
{
    struct endpoints list = {0};
    char inside[IPADDR_STRLEN], outside[IPADDR_STRLEN];

    endpoints_from_inventory(inv, &no_rules, now, 300., &list, NULL);
    for (size_t i = 0; i < list.n; i++) {
        const struct endpoint *e = &list.v[i];

        sbuf_addf(out, "%s %u/%s index=%u reach=%s network=%s container=%s host=%s%s%s%s\n",
                  e->container_name, e->container_port, protocol_name(e->protocol), e->index,
                  endpoint_reach_name(e->reach), e->network,
                  ipaddr_format(&e->container_addr, inside),
                  e->host_port ? ipaddr_format_port(&e->host_addr, e->host_port, outside) : "-",
                  e->draining ? " draining" : "", e->why ? " why=" : "", e->why ? e->why : "");
    }
    endpoints_done(&list);
}

static void test_recorded_documents(void)
{
    static const char *const names[] = {"bridge",  "published",    "host",
                                        "none",    "peer",         "macvlan",
                                        "overlay", "two-networks", "mesos-bridge"};
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct inventory inv = {0};
        struct container *c = load(&inv, names[i]);

        if (!strcmp(names[i], "macvlan") || !strcmp(names[i], "overlay"))
            add_network(&inv, c->networks[0].id, names[i]);
        sbuf_addf(&out, "== %s alone\n", names[i]);
        describe(&inv, 0., &out);
        inventory_done(&inv);
    }
    is_golden(sbuf_str(&out), "agent/endpoints.txt");
}

static void test_shared_network(void)
{
    struct inventory inv = {0};
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;

    load(&inv, "bridge");
    struct container *peer = load(&inv, "peer");
    describe(&inv, 0., &out);
    CLEAN(free_str)
    char *wanted =
        xasprintf("%s 9100/tcp index=0 reach=assigned network=bridge container=172.17.0.2 host=-",
                  peer->name);
    ok(strstr(sbuf_str(&out), wanted) != NULL, "a container that shares a network has its address");
    inventory_done(&inv);
}

static void test_draining(void)
{
    struct inventory inv = {0};
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;
    struct container *c = load(&inv, "bridge");
    double asked = c->started + 10.;

    inventory_find(&inv, c->id)->stop_asked = asked;
    describe(&inv, asked + 1., &out);
    ok(strstr(sbuf_str(&out), " draining") != NULL, "its endpoints drain with the container");
    ok(inventory_next_drain_end(&inv, asked + 1., 300.) == asked + 300.,
       "the end of the drain is known");
    ok(inventory_next_drain_end(&inv, asked + 301., 300.) == 0., "after it there is none");
    inventory_done(&inv);
}

int main(void)
{
    test_recorded_documents();
    test_shared_network();
    test_draining();
    return tap_done();
}
