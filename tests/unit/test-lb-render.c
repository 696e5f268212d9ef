/* Catalogs of tests/golden/lb-template become haproxy.cfg, the host map and problems. */
#include <string.h>

#include "lb-template/cfg.h"
#include "lb-template/render.h"
#include "lb-template/route.h"
#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"
#include "tests/unit/lb-catalog.h"

static const struct route_rules rules = {
    .http_port = 80,
    .stats_port = 9090,
    .pool = {.bits = {[28000 / 64 ... 28999 / 64] = ~(uint64_t)0}}};
static const struct render_config config = {.dir = "/run/berth",
                                            .bind = "*",
                                            .http_port = 80,
                                            .stats_port = 9090,
                                            .maxconn = 7500,
                                            .user = "haproxy",
                                            .group = "haproxy"};

static void read_catalog(const char *name, struct routes *ret, struct problems *problems)
{
    CLEAN(free_str) char *path = xasprintf("golden/lb-template/%s.catalog", name);
    CLEAN(free_str) char *text = tests_read(path, NULL);
    struct instances catalog = {0};

    lb_catalog_parse(text, &catalog);
    routes_from_catalog(&rules, &catalog, ret, problems);
    instances_done(&catalog);
}

static void compare(const char *name, const char *kind, struct sbuf *got)
{
    CLEAN(free_str) char *path = xasprintf("lb-template/%s.%s", name, kind);

    is_golden(sbuf_str(got), path);
    sbuf_done(got);
}

static void test_catalog(const char *name)
{
    struct sbuf out = SBUF_INIT;
    struct routes routes = {0};
    struct problems problems = {0};

    read_catalog(name, &routes, &problems);
    render_cfg(&config, &routes, &out);
    compare(name, "cfg", &out);
    render_map(&routes, &out);
    compare(name, "map", &out);
    for (size_t i = 0; i < problems.n; i++) {
        sbuf_add_printable(&out, problems.v[i].subject);
        sbuf_adds(&out, ": ");
        sbuf_add_printable(&out, problems.v[i].text);
        sbuf_addch(&out, '\n');
    }
    compare(name, "problems", &out);
    routes_done(&routes);
    problems_done(&problems);
}

static void test_bind(const char *bind, const char *address)
{
    CLEAN(free_str) char *line = xasprintf("\n    bind %s\n", address);
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;
    struct render_config other = {.dir = "/d", .bind = bind, .http_port = 8000, .maxconn = 100};

    render_cfg(&other, &(struct routes){0}, &out);
    ok(strstr(sbuf_str(&out), line), "bind %s gives %s", bind, address);
    ok(!strstr(sbuf_str(&out), "berth_stats"), "no statistics page without a port");
    ok(!strstr(sbuf_str(&out), "user "), "no other user unless there is one");
}

static void test_maxconn(void)
{
    static const struct {
        uint64_t nofile;
        size_t servers; /* of one route */
        unsigned maxconn;
        const char *name;
    } rows[] = {
        {20000, 0, 7500, "three eighths of the descriptors"},
        {20000, 3000, 7500, "a few thousand servers change nothing"},
        {20000, 10000, 1808, "many leave less for connections"},
        {20000, 13000, 1808, "in large steps"},
        {20000, 14000, 100, "and none when there are too many"},
        {10, 0, 100, "never too few to serve"},
        {UINT64_MAX, 0, 100000, "never more than HAProxy has memory for"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct route route = {.n_servers = rows[i].servers};
        struct routes routes = {.v = &route, .n = 1};

        is_int((int)render_maxconn(rows[i].nofile, &routes), (int)rows[i].maxconn, "%s",
               rows[i].name);
    }
}

int main(void)
{
    test_catalog("empty");
    test_catalog("plain");
    test_catalog("conflicts");
    test_catalog("hostile");
    test_bind("*", "*:8000");
    test_bind("127.0.0.1", "127.0.0.1:8000");
    test_bind("::", "[::]:8000 v4v6");
    test_bind("2001:db8::1", "[2001:db8::1]:8000");
    test_maxconn();
    return tap_done();
}
