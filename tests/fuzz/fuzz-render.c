/* Whatever a catalog says, no byte of it becomes a line or a word of haproxy.cfg: the text has the
 * lines that the routes' numbers ask for, and parses back to the routes. */
#include <stdlib.h>
#include <string.h>

#include "lb-template/cfg.h"
#include "lb-template/routes_renderer.h"
#include "lb-template/words.h"
#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/lb-catalog.h"

#define INSTANCE_LINES_MAX 200 /* enough for every rule, and fast */

#define CHECK(c)                                                                                   \
    do {                                                                                           \
        if (!(c))                                                                                  \
            abort();                                                                               \
    } while (0)

static char dir[] = "/run/berth";
static const struct settings settings = {
    .dir = dir,
    .render = {.dir = "/run/berth", .bind = "*", .http_port = 80, .stats_port = 81, .maxconn = 100},
    .rules = {.http_port = 80,
              .stats_port = 81,
              .pool = {.bits = {[28000 / 64 ... 28999 / 64] = ~(uint64_t)0}}}};

static size_t count_lines(const char *text)
{
    size_t n = 0;

    for (const char *c = text; *c; c++) {
        CHECK(*c == '\n' || (*c >= ' ' && *c <= '~'));
        n += *c == '\n';
    }
    return n;
}

/* Lines that the routes themselves have, by their numbers alone. */
static size_t expected_lines(const struct routes *l)
{
    size_t n = 0;

    for (size_t i = 0; i < l->n; i++) {
        const struct route *r = &l->v[i];
        const struct tuning *t = &r->tuning;
        const char *balance = t->balance ? t->balance : t->sticky && !r->http ? "source" : "";
        bool hashed = !strcmp(balance, "source") || !strcmp(balance, "uri");

        n += (r->http ? 7 : 4) + r->n_servers + 5 * r->n_service_ports + hashed;
        n += 2 * t->sticky + (t->check_path != NULL);
    }
    return n;
}

static void check_backend(const struct route *r, const struct haproxy_cfg *c)
{
    const struct haproxy_cfg_backend *b = haproxy_cfg_backend(c, r->backend);

    CHECK(b && b->n == r->n_servers);
    for (size_t i = 0; i < b->n; i++) {
        CHECK(!strcmp(b->servers[i].name, r->servers[i].name));
        CHECK(!ipaddr_cmp(&b->servers[i].address, &r->servers[i].address));
        CHECK(b->servers[i].port == r->servers[i].port);
        CHECK(b->servers[i].id == r->servers[i].id);
        CHECK(!strncmp(b->servers[i].options, "check ", 6));
    }
}

static void check_map(const struct rendering *now)
{
    const struct kvs *map = &now->maps[0].pairs;
    size_t vhosts = 0;

    for (size_t i = 0; i < now->routes->n; i++)
        vhosts += now->routes->v[i].vhosts.n;
    CHECK(map->n == vhosts);
    for (size_t i = 0; i < map->n; i++) {
        struct strv words = {0};

        words_split(map->v[i].key, &words);
        CHECK(words.n == 1 && !strcmp(words.v[0], map->v[i].key));
        CHECK(routes_find(now->routes, map->v[i].value));
        strv_done(&words);
    }
}

static void check(const struct rendering *now, size_t empty_lines)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    const struct routes *l = now->routes;
    struct haproxy_cfg c = {0};

    CHECK(now->n == l->n + 1);
    for (size_t i = 0; i < now->n; i++)
        sbuf_add(&text, now->v[i].text, now->v[i].len);
    CHECK(count_lines(sbuf_str(&text)) == empty_lines + expected_lines(l));
    haproxy_cfg_parse(text.data, &c);
    CHECK(c.n == l->n);
    for (size_t i = 0; i < l->n; i++)
        check_backend(&l->v[i], &c);
    haproxy_cfg_done(&c);
    check_map(now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct select all;
    CLEAN(free_str) char *text = xstrndup((const char *)data, len);
    struct routes_renderer *r = routes_renderer_new(&settings, &all, NULL);
    struct renderer *base = routes_renderer_base(r);
    struct problems problems = {0};
    struct renderer_input in = lb_catalog_input(1., &problems);
    struct catalog catalog = {0};

    routes_renderer_catalog(r, &catalog);
    size_t empty_lines = count_lines(base->render(base, &in, NULL)->v[0].text);
    lb_catalog_set(&catalog, text);
    if (catalog_instances(&catalog) <= INSTANCE_LINES_MAX)
        check(base->render(base, &in, NULL), empty_lines);
    routes_renderer_free(r);
    problems_done(&problems);
    catalog_done(&catalog);
    return 0;
}
