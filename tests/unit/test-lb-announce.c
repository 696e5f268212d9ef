#include <string.h>

#include "agent/lb_announce.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static struct lb_announce_rules rules(void)
{
    struct lb_announce_rules r = {
        .service = "berth-lb", .node = "n1", .mark = "n1/lb", .port = 80, .check_port = 80};

    ipaddr_parse("192.0.2.1", &r.address);
    r.check_at = r.address;
    return r;
}

static struct lb_backend backend(const char *service, uint16_t *ports, size_t n)
{
    char *name = xstrdup(service);

    return (struct lb_backend){.service = name, .service_ports = ports, .n_service_ports = n};
}

/* "<id> <service> <address> <port> <tags> <exposed> <check>" lines, then the problems. */
static char *announce(const struct lb_announce_rules *r, struct lb_backend *v, size_t n)
{
    struct sbuf out = SBUF_INIT;
    struct instances l = {0};
    struct problems problems = {0};

    lb_announce_instances(r, v, n, &l, &problems);
    for (size_t i = 0; i < l.n; i++) {
        const struct instance *k = &l.v[i];
        CLEAN(free_str) char *tags = strv_join(&k->tags, ",");

        sbuf_addf(&out, "%s %s %s%s%s %u [%s] %s %s\n", k->id, k->service, k->address,
                  k->address6 ? "+" : "", k->address6 ? k->address6 : "", k->port, tags,
                  kvs_get(&k->meta, META_BALANCER), k->probes.v[0].field[PROBE_TCP]);
        ok(!strcmp(kvs_get(&k->meta, META_NODE), "n1/lb"), "%s has the balancer's mark", k->id);
        ok(!kvs_get(&k->meta, META_SERVICE_PORT) && !kvs_get(&k->meta, META_VHOST),
           "%s asks HAProxy for nothing", k->id);
        ok(kvs_get(&k->meta, META_PROBES) != NULL, "%s tells its check's digest", k->id);
    }
    for (size_t i = 0; i < problems.n; i++)
        sbuf_addf(&out, "! %s\n", problems.v[i].subject);
    instances_done(&l);
    problems_done(&problems);
    for (size_t i = 0; i < n; i++)
        free(v[i].service);
    return sbuf_take(&out);
}

static void test_usual(void)
{
    struct lb_announce_rules r = rules();
    uint16_t ports[] = {8081, 8082};
    struct lb_backend v[] = {backend("shop", NULL, 0), backend("under_score", NULL, 0),
                             backend("web", ports, 2)};
    CLEAN(free_str) char *got = announce(&r, v, 3);

    is_str(got,
           "n1.berth-lb berth-lb 192.0.2.1 80 [shop,web] * 192.0.2.1:80\n"
           "n1.berth-lb.web.8081 web-lb 192.0.2.1 8081 [] web 192.0.2.1:80\n"
           "n1.berth-lb.web.8082 web-lb 192.0.2.1 8082 [] web 192.0.2.1:80\n",
           "the balancer, and an alias for each service port");
}

static void test_both_families(void)
{
    struct lb_announce_rules r = rules();

    ipaddr_parse("2001:db8::1", &r.address6);
    CLEAN(free_str) char *got = announce(&r, NULL, 0);
    is_str(got, "n1.berth-lb berth-lb 192.0.2.1+2001:db8::1 80 [] * 192.0.2.1:80\n",
           "a balancer with nothing behind it, over both families");
}

static void test_no_http(void)
{
    struct lb_announce_rules r = rules();
    uint16_t port = 8081;
    struct lb_backend v[] = {backend("web", &port, 1)};

    r.port = r.check_port = 0;
    CLEAN(free_str) char *got = announce(&r, v, 1);
    is_str(got,
           "n1.berth-lb berth-lb 192.0.2.1 8081 [web] * 192.0.2.1:8081\n"
           "n1.berth-lb.web.8081 web-lb 192.0.2.1 8081 [] web 192.0.2.1:8081\n",
           "without an HTTP port, the first service port is checked");
    CLEAN(free_str) char *nothing = announce(&r, NULL, 0);
    is_str(nothing, "", "with no port at all, there is nothing to announce");
}

static void test_taken_names(void)
{
    struct lb_announce_rules r = rules();
    uint16_t a = 8081, b = 8082, c = 8083;
    struct lb_backend v[] = {backend("berth", &c, 1), backend("web", &a, 1),
                             backend("web-lb", &b, 1)};
    CLEAN(free_str) char *got = announce(&r, v, 3);

    is_str(got,
           "n1.berth-lb berth-lb 192.0.2.1 80 [berth,web,web-lb] * 192.0.2.1:80\n"
           "n1.berth-lb.web-lb.8082 web-lb-lb 192.0.2.1 8082 [] web-lb 192.0.2.1:80\n"
           "! berth\n! web\n",
           "an alias that is another service's name is left out and reported");
}

int main(void)
{
    test_usual();
    test_both_families();
    test_no_http();
    test_taken_names();
    return tap_done();
}
