#include "lb-template/reloaded.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/diff.h"
#include "lib/log.h"

#define AREA "lb"

struct reporting {
    const struct routes *routes;
    const struct runs *runs;
    const char *backend;       /* the one that is compared */
    const struct route *route; /* its own; NULL: it has none */
    size_t n;                  /* changes so far */
};

static void compare(const struct haproxy_cfg_backend *now, const struct haproxy_cfg_backend *before,
                    struct reporting *r);
static void on_server(enum diff_op op, const void *wanted, const void *actual, void *arg);
static int by_name(const void *a, const void *b);
static int same_weight(const void *a, const void *b);

void reloaded_report(const struct model *now, const struct model *before,
                     const struct routes *routes, const struct runs *runs)
{
    struct reporting r = {.routes = routes, .runs = runs};
    struct backends a = {0}, b = {0};
    size_t k = 0;

    model_difference(now, before, &a, &b);
    for (size_t i = 0; i < a.n; i++) {
        while (k < b.n && strcmp(b.v[k]->name, a.v[i]->name) < 0)
            compare(NULL, b.v[k++], &r);
        bool both = k < b.n && !strcmp(b.v[k]->name, a.v[i]->name);
        compare(a.v[i], both ? b.v[k++] : NULL, &r);
    }
    while (k < b.n)
        compare(NULL, b.v[k++], &r);
    if (r.n > RELOADED_LINES_MAX)
        log_info(AREA, "more servers changed by the load count=%zu", r.n - RELOADED_LINES_MAX);
    backends_done(&a);
    backends_done(&b);
}

/* One of the two may be NULL. */
static void compare(const struct haproxy_cfg_backend *now, const struct haproxy_cfg_backend *before,
                    struct reporting *r)
{
    static const struct diff_rules rules = {sizeof(struct haproxy_cfg_server), by_name,
                                            same_weight};

    r->backend = now ? now->name : before->name;
    r->route = routes_find(r->routes, r->backend);
    diff_sorted(&rules, now ? now->servers : NULL, now ? now->n : 0,
                before ? before->servers : NULL, before ? before->n : 0, on_server, r);
}

static void on_server(enum diff_op op, const void *wanted, const void *actual, void *arg)
{
    static const char *const verbs[] = {
        [DIFF_ADD] = "added", [DIFF_DELETE] = "removed", [DIFF_CHANGE] = "changed"};
    const struct haproxy_cfg_server *s = wanted ? wanted : actual;
    struct reporting *r = arg;
    char weight[16] = "", trace[TRACE_LEN + 1];

    if (op == DIFF_SAME)
        return;
    const struct route_server *known =
        wanted && r->route ? route_find_server(r->route, s->name) : NULL;
    uint32_t run = known ? known->trace : runs_trace(r->runs, r->backend, s->name);
    if (op == DIFF_DELETE)
        trace_reached(run, TRACE_REMOVED, 0.);
    if (r->n++ >= RELOADED_LINES_MAX)
        return;
    trace_format(run, trace);
    if (wanted)
        snprintf(weight, sizeof weight, "%u", s->weight);
    log_info(AREA, "server %s by the load backend=%s server=%s weight=%s trace=%s instance=%s",
             verbs[op], r->backend, s->name, weight, trace,
             known && !*trace ? known->instance_id : "");
}

static int by_name(const void *a, const void *b)
{
    const struct haproxy_cfg_server *x = a, *y = b;

    return strcmp(x->name, y->name);
}

static int same_weight(const void *a, const void *b)
{
    const struct haproxy_cfg_server *x = a, *y = b;

    return x->weight == y->weight;
}
