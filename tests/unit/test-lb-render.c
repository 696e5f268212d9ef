/* Catalogs of tests/golden/lb-template become haproxy.cfg, the host map and problems. */
#include <string.h>

#include "lb-template/render.h"
#include "lb-template/routes_renderer.h"
#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"
#include "tests/unit/lb-catalog.h"

#define POOL                                                                                       \
    {                                                                                              \
        .bits = { [28000 / 64 ... 28999 / 64] = ~(uint64_t)0 }                                     \
    }

static char dir[] = "/run/berth", other_dir[] = "/d";
static const struct settings settings = {
    .dir = dir,
    .render = {.dir = "/run/berth",
               .bind = "*",
               .http_port = 80,
               .stats_port = 9090,
               .maxconn = 7500,
               .user = "haproxy",
               .group = "haproxy"},
    .rules = {.http_port = 80, .stats_port = 9090, .pool = POOL}};
static const struct select all;

static void compare(const char *name, const char *kind, struct sbuf *got)
{
    CLEAN(free_str) char *path = xasprintf("lb-template/%s.%s", name, kind);

    is_golden(sbuf_str(got), path);
    sbuf_done(got);
}

/* Both buffers are empty. */
static void render_all(const struct settings *with, const char *text, struct sbuf *cfg,
                       struct sbuf *map, struct problems *problems)
{
    struct routes_renderer *r = routes_renderer_new(with, &all, NULL);
    struct renderer_input in = lb_catalog_input(1., problems);
    struct catalog catalog = {0};

    lb_catalog_set(&catalog, text);
    routes_renderer_catalog(r, &catalog);
    const struct rendering *now =
        routes_renderer_base(r)->render(routes_renderer_base(r), &in, NULL);
    for (size_t i = 0; i < now->n; i++)
        sbuf_add(cfg, now->v[i].text, now->v[i].len);
    for (size_t i = 0; i < now->maps[0].pairs.n; i++)
        sbuf_addf(map, "%s %s\n", now->maps[0].pairs.v[i].key, now->maps[0].pairs.v[i].value);
    routes_renderer_free(r);
    catalog_done(&catalog);
}

static void test_catalog(const char *name)
{
    CLEAN(free_str) char *path = xasprintf("golden/lb-template/%s.catalog", name);
    CLEAN(free_str) char *text = tests_read(path, NULL);
    struct sbuf cfg = SBUF_INIT, map = SBUF_INIT, out = SBUF_INIT;
    struct problems problems = {0};

    render_all(&settings, text, &cfg, &map, &problems);
    compare(name, "cfg", &cfg);
    compare(name, "map", &map);
    for (size_t i = 0; i < problems.n; i++) {
        sbuf_add_printable(&out, problems.v[i].subject);
        sbuf_adds(&out, ": ");
        sbuf_add_printable(&out, problems.v[i].text);
        sbuf_addch(&out, '\n');
    }
    compare(name, "problems", &out);
    problems_done(&problems);
}

static void test_bind(const char *bind, const char *address)
{
    CLEAN(free_str) char *line = xasprintf("\n    bind %s\n", address);
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;
    CLEAN(sbuf) struct sbuf map = SBUF_INIT;
    struct settings other = {
        .dir = other_dir, .render = {.dir = "/d", .bind = bind, .http_port = 8000, .maxconn = 100}};

    render_all(&other, "", &out, &map, NULL);
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

static void test_check_inter(void)
{
    static const struct {
        unsigned before;
        size_t servers;
        unsigned after;
        const char *name;
    } rows[] = {
        {0, 0, 2, "few are checked every two seconds"},
        {2, 2000, 2, "up to a thousand checks a second"},
        {2, 2001, 4, "more are checked half as often"},
        {4, 1000, 4, "a few less change nothing"},
        {4, 999, 2, "half as many do"},
        {0, 100000, 128, "a hundred thousand"},
        {128, 10, 2, "back to few"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        is_int(render_check_inter(rows[i].before, rows[i].servers), rows[i].after, "%s",
               rows[i].name);
}

int main(void)
{
    test_catalog("empty");
    test_catalog("plain");
    test_catalog("conflicts");
    test_catalog("hostile");
    test_catalog("tuning");
    test_catalog("apps");
    test_bind("*", "*:8000");
    test_bind("127.0.0.1", "127.0.0.1:8000");
    test_bind("::", "[::]:8000 v4v6");
    test_bind("2001:db8::1", "[2001:db8::1]:8000");
    test_maxconn();
    test_check_inter();
    return tap_done();
}
