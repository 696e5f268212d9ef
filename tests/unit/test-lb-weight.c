/* Weights in the registry become HAProxy's. */
#include "lb-template/routing.h"
#include "lib/sbuf.h"
#include "tests/tap.h"
#include "tests/unit/lb-catalog.h"

#define INSTANCES 3

struct row {
    const char *name;
    unsigned weight[INSTANCES], warning[INSTANCES];
    enum instance_state state[INSTANCES];
    const char *wanted;
};

static const struct row rows[] = {
    {"nobody says a weight", {0}, {0}, {0}, "100 100 100 "},
    {"one has more", {4, 0, 2}, {0}, {0}, "256 64 128 "},
    {"the heaviest takes no more than HAProxy has", {65535, 1, 0}, {0}, {0}, "256 1 1 "},
    {"the same weights", {7, 7, 7}, {0}, {0}, "256 256 256 "},
    {"a warning has its own", {8, 8, 8}, {2, 0, 0}, {INSTANCE_WARNING, 0, 0}, "64 256 256 "},
    {"a warning where nobody says a weight", {0}, {0}, {INSTANCE_WARNING, 0, 0}, "100 100 100 "},
    {"draining", {8, 2, 2}, {0}, {INSTANCE_DRAINING, 0, 0}, "0 256 256 "},
    {"paused, starting and critical ones are no servers",
     {0},
     {0},
     {INSTANCE_PAUSED, INSTANCE_STARTING, INSTANCE_CRITICAL},
     ""},
};

static void run(const struct row *row)
{
    static const struct select all;
    struct route_rules ports = {0};
    struct instances instances = {0};
    struct catalog catalog = {0};
    struct routing routing = {0};
    struct problems problems = {0};
    struct renderer_input in = lb_catalog_input(1., &problems);
    const struct routes *routes = &routing.routes;
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;

    lb_catalog_parse("web|n|a|10.0.0.1|1|passing|service-port=8080\n"
                     "web|n|b|10.0.0.2|1|passing|service-port=8080\n"
                     "web|n|c|10.0.0.3|1|passing|service-port=8080\n",
                     &instances);
    for (size_t i = 0; i < INSTANCES; i++) {
        instances.v[i].weight = row->weight[i];
        instances.v[i].weight_warning = row->warning[i];
        instances.v[i].state = row->state[i];
    }
    catalog_set_all(&catalog, &instances);
    routing_update(&routing, &(struct routing_rules){&ports, &all}, &catalog, &in);
    for (size_t i = 0; routes->n && i < routes->v[0].n_servers; i++)
        sbuf_addf(&got, "%u ", routes->v[0].servers[i].weight);
    is_str(sbuf_str(&got), row->wanted, "%s", row->name);
    problems_done(&problems);
    routing_done(&routing);
    catalog_done(&catalog);
    instances_done(&instances);
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        run(&rows[i]);
    return tap_done();
}
