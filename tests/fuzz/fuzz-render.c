/* Whatever a catalog says, no byte of it becomes a line or a word of haproxy.cfg: the text has the
 * lines that the routes' numbers ask for, and parses back to the routes. */
#include <stdlib.h>
#include <string.h>

#include "lb-template/cfg.h"
#include "lb-template/render.h"
#include "lb-template/route.h"
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

static const struct render_config config = {
    .dir = "/run/berth", .bind = "*", .http_port = 80, .stats_port = 81, .maxconn = 100};
static const struct route_rules rules = {
    .http_port = 80,
    .stats_port = 81,
    .pool = {.bits = {[28000 / 64 ... 28999 / 64] = ~(uint64_t)0}}};

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

        n += (r->http ? 6 : 4) + r->n_servers + 5 * r->n_service_ports;
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

static void check_map(const struct routes *l)
{
    CLEAN(sbuf) struct sbuf map = SBUF_INIT;
    size_t vhosts = 0;

    render_map(l, &map);
    for (size_t i = 0; i < l->n; i++)
        vhosts += l->v[i].vhosts.n;
    CHECK(count_lines(sbuf_str(&map)) == vhosts);
    for (const char *line = vhosts ? map.data : NULL; line && *line;) {
        struct strv words = {0};

        line = words_split(line, &words);
        CHECK(words.n == 2 && routes_find(l, words.v[1]));
        strv_done(&words);
    }
}

static void check(const struct routes *l)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    CLEAN(sbuf) struct sbuf empty = SBUF_INIT;
    struct haproxy_cfg c = {0};

    render_cfg(&config, l, &text);
    render_cfg(&config, &(struct routes){0}, &empty);
    CHECK(count_lines(sbuf_str(&text)) == count_lines(sbuf_str(&empty)) + expected_lines(l));
    haproxy_cfg_parse(text.data, &c);
    CHECK(c.n == l->n);
    for (size_t i = 0; i < l->n; i++)
        check_backend(&l->v[i], &c);
    haproxy_cfg_done(&c);
    check_map(l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    CLEAN(free_str) char *text = xstrndup((const char *)data, len);
    struct instances catalog = {0};
    struct problems problems = {0};
    struct routes routes = {0};

    lb_catalog_parse(text, &catalog);
    if (catalog.n <= INSTANCE_LINES_MAX) {
        routes_from_catalog(&rules, &catalog, &routes, &problems);
        check(&routes);
    }
    routes_done(&routes);
    problems_done(&problems);
    instances_done(&catalog);
    return 0;
}
