/* A catalog becomes what HAProxy should run, and what a person sees of it. */
#include <string.h>

#include "lb-template/view.h"
#include "lb-template/wanted.h"
#include "lib/clean.h"
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

static void make(unsigned taken, struct wanted *ret, struct problems *problems)
{
    static const struct render_config render = {
        .dir = "/d", .bind = "*", .http_port = 80, .stats_port = 9090, .maxconn = 100};
    static const struct route_rules rules = {.http_port = 80, .stats_port = 9090};
    struct instances catalog = {0};
    struct lingering lingering = {0};

    lb_catalog_parse(text, &catalog);
    wanted_make(
        &(struct wanted_input){
            .catalog = &catalog, .render = &render, .rules = &rules, .probe = probe, .arg = &taken},
        &lingering, ret, problems);
    lingering_done(&lingering);
    instances_done(&catalog);
}

static void test_whole(void)
{
    struct wanted w = {0}, again = {0};
    struct problems problems = {0};

    make(0, &w, &problems);
    make(0, &again, NULL);
    is_int((long long)problems.n, 0, "no problem");
    is_str(w.cfg_text, again.cfg_text, "equal input gives equal bytes");
    is_str(w.map_text, "a.example web\nz.example web\n", "the map");
    is_str(w.map.v[0].key, "a.example", "the map as pairs");
    is_int((long long)w.cfg.n, 2, "two backends");
    ok(haproxy_cfg_opens(&w.cfg, 5432) && haproxy_cfg_opens(&w.cfg, 80), "their ports");
    ok(strstr(w.cfg_text, "description berth-structure "), "the text tells its structure");
    wanted_done(&again);
    wanted_done(&w);
}

static void test_taken(unsigned port, const char *problem)
{
    struct wanted w = {0};
    struct problems problems = {0};

    make(port, &w, &problems);
    is_int((long long)problems.n, 1, "port %u is taken", port);
    CLEAN(free_str) char *got = xasprintf("%s: %s", problems.v[0].subject, problems.v[0].text);
    is_str(got, problem, "what to do about it");
    ok(!haproxy_cfg_opens(&w.cfg, (uint16_t)port), "it is left out");
    is_int((long long)w.cfg.n, 2, "the backends stay");
    wanted_done(&w);
    problems_done(&problems);
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
    struct wanted w = {0};
    struct view view = {0};
    struct runtime_servers servers = {0};

    make(0, &w, NULL);
    runtime_parse_servers("1\n"
                          "1 web 1 n:a:80 10.0.0.1 2 0 100 100 1 1 1 1 6 0 0 1 - 80 -\n"
                          "1 web 1 n:0:1 10.0.0.9 2 0 0 100 1 1 1 1 6 0 0 1 - 1 -\n",
                          &servers, NULL);
    view_make(&w.routes, &servers, &view);
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
    wanted_done(&w);
}

int main(void)
{
    test_whole();
    test_taken(80, "port 80: cannot open port 80: stop the program that listens there, or set [lb] "
                   "http_port to another port");
    test_taken(9090, "port 9090: cannot open port 9090: stop the program that listens there, or "
                     "set [lb] stats_port to another port");
    test_taken(5432, "service db: cannot open port 5432: stop the program that listens there, or "
                     "give the service another port");
    test_view();
    return tap_done();
}
