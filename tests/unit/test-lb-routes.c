/* A catalog becomes what HAProxy should run, and what a person sees of it. */
#include <string.h>

#include "lb-template/cfg.h"
#include "lb-template/name.h"
#include "lb-template/routes_renderer.h"
#include "lb-template/view.h"
#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"
#include "tests/unit/lb-catalog.h"

static const char text[] = "db|n|n:d|10.0.0.2|5432|passing|service-port=5432\n"
                           "web|n|n:a|10.0.0.1|80|passing|vhost=z.example,a.example\n"
                           "web|n|n:b|10.0.0.1|81|draining\n";

/* '*arg' is the port that is taken. */
static int probe(void *arg, unsigned port, struct err **err)
{
    if (port == *(const unsigned *)arg)
        return err_set(err, "cannot open port %u", port);
    return 0;
}

static char dir[] = "/d";
static const struct settings settings = {
    .dir = dir,
    .render = {.dir = "/d", .bind = "*", .http_port = 80, .stats_port = 9090, .maxconn = 100},
    .rules = {.http_port = 80, .stats_port = 9090},
};

static struct catalog catalog; /* of the renderer that is tested */

static struct routes_renderer *renderer_of(const char *lines)
{
    static const struct select all;
    struct routes_renderer *r = routes_renderer_new(&settings, &all, NULL);

    lb_catalog_set(&catalog, lines);
    routes_renderer_catalog(r, &catalog);
    return r;
}

static const struct rendering *render(struct routes_renderer *r, unsigned taken,
                                      const struct strv *without, struct problems *problems)
{
    static const struct strv nobody;
    struct renderer *base = routes_renderer_base(r);

    return base->render(base,
                        &(struct renderer_input){.without = without ? without : &nobody,
                                                 .probe = probe,
                                                 .arg = &taken,
                                                 .problems = problems},
                        NULL);
}

static void parse_all(const struct rendering *r, struct haproxy_cfg *ret)
{
    CLEAN(sbuf) struct sbuf all = SBUF_INIT;

    for (size_t i = 0; i < r->n; i++)
        sbuf_add(&all, r->v[i].text, r->v[i].len);
    haproxy_cfg_parse(sbuf_str(&all), ret);
}

static void test_pieces(void)
{
    struct routes_renderer *r = renderer_of(text);
    struct problems problems = {0};
    const struct rendering *now = render(r, 0, NULL, &problems);
    struct haproxy_cfg c = {0};

    is_int((long long)problems.n, 0, "no problem");
    is_int((long long)now->n, 3, "the common part and two routes");
    ok(!now->v[0].owner && !strncmp(now->v[0].text, "# Written by berth", 18), "common first");
    is_str(now->v[1].owner, "db", "a route is its service's");
    is_str(now->v[2].owner, "web", "the other one too");
    ok(strstr(now->v[1].text, "frontend berth_port_5432\n") &&
           strstr(now->v[1].text, "backend db\n"),
       "its port and its backend are there");
    is_str(now->maps[0].path, "/d/hosts.map", "one map");
    is_int((long long)now->maps[0].pairs.n, 2, "of two hosts");
    is_str(now->maps[0].pairs.v[0].key, "a.example", "sorted");
    is_str(now->maps[0].pairs.v[0].value, "web", "with their backend");
    parse_all(now, &c);
    is_int((long long)c.n, 2, "two backends");
    ok(haproxy_cfg_opens(&c, 5432) && haproxy_cfg_opens(&c, 80), "their ports");
    haproxy_cfg_done(&c);
    routes_renderer_free(r);
}

static void test_stamps(void)
{
    struct routes_renderer *r = renderer_of(text);
    const struct rendering *now = render(r, 0, NULL, NULL);
    uint64_t common = now->v[0].stamp, db = now->v[1].stamp, web = now->v[2].stamp;
    uint64_t hosts = now->maps[0].stamp;
    struct strv without = {0};

    now = render(r, 0, NULL, NULL);
    ok(common && common == now->v[0].stamp && db == now->v[1].stamp && web == now->v[2].stamp &&
           hosts == now->maps[0].stamp,
       "what is the same keeps its stamp");
    lb_catalog_set(&catalog, "a|n|n:c|10.0.0.3|1|passing|vhost=c.example\n"
                             "web|n|n:a|10.0.0.1|80|passing|vhost=z.example,a.example\n"
                             "web|n|n:b|10.0.0.1|81|draining\n");
    now = render(r, 0, NULL, NULL);
    is_int((long long)now->n, 4, "one has come, and the one that went lingers");
    ok(now->v[0].stamp == common && now->v[3].stamp == web, "what did not change keeps its stamp");
    ok(now->v[1].stamp != db && now->v[2].stamp != db && now->v[1].stamp != web,
       "what is new or has changed has a new one");
    ok(now->maps[0].stamp != hosts, "so has the map");
    strv_add(&without, "web");
    now = render(r, 0, &without, NULL);
    is_int((long long)now->maps[0].pairs.n, 1, "who is left out has no host names");
    ok(now->v[3].stamp == web, "but shows its piece");
    strv_done(&without);
    routes_renderer_free(r);
}

static void test_offer(void)
{
    struct routes_renderer *r = renderer_of(text);
    const struct rendering *now = render(r, 0, NULL, NULL);
    struct problems problems = {0};
    uint64_t offer = now->offer, db = now->v[1].stamp;

    ok(offer && render(r, 5432, NULL, &problems)->offer != offer,
       "a port that is closed is not offered");
    offer = render(r, 0, NULL, NULL)->offer;
    lb_catalog_set(&catalog, "db|n|n:d|10.0.0.9|5432|passing|service-port=5432\n"
                             "web|n|n:a|10.0.0.1|80|passing|vhost=z.example,a.example\n");
    now = render(r, 0, NULL, NULL);
    ok(now->v[1].stamp != db, "other servers are another text");
    ok(now->offer == offer, "but offer the same");
    lb_catalog_set(&catalog, "db|n|n:d|10.0.0.9|5432|passing|service-port=5432\n"
                             "web|n|n:a|10.0.0.1|80|passing|vhost=c.example\n");
    ok(render(r, 0, NULL, NULL)->offer != offer, "other host names do not");
    problems_done(&problems);
    routes_renderer_free(r);
}

static void test_taken(unsigned port, const char *problem)
{
    struct routes_renderer *r = renderer_of(text);
    struct problems problems = {0};
    const struct rendering *now = render(r, port, NULL, &problems);
    struct haproxy_cfg c = {0};

    is_int((long long)problems.n, 1, "port %u is taken", port);
    CLEAN(free_str) char *got = xasprintf("%s: %s", problems.v[0].subject, problems.v[0].text);
    is_str(got, problem, "what to do about it");
    parse_all(now, &c);
    ok(!haproxy_cfg_opens(&c, (uint16_t)port), "it is left out");
    is_int((long long)c.n, 2, "the backends stay");
    haproxy_cfg_done(&c);
    problems_done(&problems);
    routes_renderer_free(r);
}

static void test_what_is_written_counts(void)
{
    struct routes_renderer *r = renderer_of("web|n|n:a|10.0.0.1|80|passing|vhost=a.example\n");
    uint64_t stamp = render(r, 0, NULL, NULL)->v[1].stamp;

    lb_catalog_set(&catalog, "web|n|n:a|10.0.0.1|80|passing|vhost=a.example|team=x\n");
    ok(render(r, 0, NULL, NULL)->v[1].stamp == stamp, "what is not written changes nothing");
    lb_catalog_set(&catalog, "web|n|n:a|10.0.0.1|80|passing|vhost=a.example|lb-sticky=true\n");
    ok(render(r, 0, NULL, NULL)->v[1].stamp != stamp, "what is does");
    routes_renderer_free(r);
}

static void test_port_that_comes_free(void)
{
    struct routes_renderer *r = renderer_of("db|n|n:d|10.0.0.2|5432|passing|service-port=5432\n");
    struct problems problems = {0};
    const struct rendering *now = render(r, 5432, NULL, &problems);
    uint64_t stamp = now->v[1].stamp;

    is_int((long long)problems.n, 1, "the port is taken");
    ok(!strstr(now->v[1].text, "frontend"), "and left out");
    now = render(r, 5432, NULL, NULL);
    ok(now->v[1].stamp == stamp, "nothing new");
    now = render(r, 0, NULL, NULL);
    ok(now->v[1].stamp != stamp && strstr(now->v[1].text, "frontend berth_port_5432\n"),
       "the port is free, without news from the catalog");
    problems_done(&problems);
    routes_renderer_free(r);
}

static void test_selected(void)
{
    struct select select = {0};

    select_parse(&select, "meta.env=live", NULL);
    struct routes_renderer *r = routes_renderer_new(&settings, &select, NULL);
    lb_catalog_set(&catalog, "a|n|n:a1|10.0.0.1|80|passing|vhost=a.example|env=live\n"
                             "a|n|n:a2|10.0.0.2|80|passing|vhost=a.example|env=test\n"
                             "b|n|n:b1|10.0.0.3|80|passing|vhost=b.example|env=test\n");
    routes_renderer_catalog(r, &catalog);
    const struct routes *routes = render(r, 0, NULL, NULL)->routes;
    is_int((long long)routes->n, 1, "one service is selected");
    is_int((long long)routes->v[0].n_servers, 1, "and one of its instances");
    is_str(routes->v[0].servers[0].instance_id, "n:a1", "that one");
    routes_renderer_free(r);
    select_done(&select);
}

/* The name that one service would have is the other one's own. */
static void test_names_that_meet(void)
{
    CLEAN(free_str) char *taken = name_make("x y", false);
    CLEAN(free_str)
    char *lines = xasprintf("x y|n|n:a|10.0.0.1|80|passing|vhost=a.example\n"
                            "%s|n|n:b|10.0.0.1|81|passing|vhost=b.example\n",
                            taken);
    struct routes_renderer *r = renderer_of(lines);
    const struct routes *routes = render(r, 0, NULL, NULL)->routes;

    is_int((long long)routes->n, 2, "two routes");
    is_str(routes->v[0].backend, taken, "the first service by name has it");
    is_str(routes->v[0].service, "x y", "that is this one");
    ok(strcmp(routes->v[1].backend, taken) > 0, "the other one has another");
    lb_catalog_set(&catalog, "");
    routes_renderer_free(r);
}

static void is_server(const struct lb_server *s, const char *wanted)
{
    CLEAN(free_str)
    char *got = xasprintf("%s %s %s:%u %u %s", s->name, s->instance_id ? s->instance_id : "-",
                          s->address, s->port, s->weight, s->state);

    is_str(got, wanted, "%s", wanted);
}

static void test_view(void)
{
    struct routes_renderer *r = renderer_of(text);
    struct lb_backends view = {0};
    struct runtime_servers servers = {0};
    const struct routes *routes = render(r, 0, NULL, NULL)->routes;

    runtime_parse_servers("1\n"
                          "1 web 1 n:a:80 10.0.0.1 2 0 100 100 1 1 1 1 6 0 0 1 - 80 -\n"
                          "1 web 1 n:0:1 10.0.0.9 2 0 0 100 1 1 1 1 6 0 0 1 - 1 -\n",
                          &servers, NULL);
    view_make(routes, &servers, &view);
    is_int((long long)view.n, 2, "two backends");
    is_str(view.v[0].name, "db", "sorted by name");
    is_int(view.v[0].service_ports[0], 5432, "with its service port");
    is_server(&view.v[0].servers[0], "n:d:5432 n:d 10.0.0.2:5432 100 down");
    is_str(view.v[1].vhosts.v[0], "a.example", "and its host names");
    is_int((long long)view.v[1].n_servers, 3, "what is wanted and what is there");
    is_server(&view.v[1].servers[0], "n:0:1 - 10.0.0.9:1 0 drain");
    is_server(&view.v[1].servers[1], "n:a:80 n:a 10.0.0.1:80 100 up");
    is_server(&view.v[1].servers[2], "n:b:81 n:b 10.0.0.1:81 0 down");
    view_done(&view);
    runtime_servers_done(&servers);
    routes_renderer_free(r);
}

int main(void)
{
    test_pieces();
    test_stamps();
    test_offer();
    test_taken(80, "port 80: cannot open port 80: stop the program that listens there, or set [lb] "
                   "http_port to another port");
    test_taken(9090, "port 9090: cannot open port 9090: stop the program that listens there, or "
                     "set [lb] stats_port to another port");
    test_taken(5432, "service db: cannot open port 5432: stop the program that listens there, or "
                     "give the service another port");
    test_what_is_written_counts();
    test_port_that_comes_free();
    test_selected();
    test_names_that_meet();
    test_view();
    catalog_done(&catalog);
    return tap_done();
}
