#include "lb-template/wanted.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

static bool can_open(const struct wanted_input *in, unsigned port, const char *key,
                     struct problems *problems);
static void drop_closed_ports(const struct wanted_input *in, struct route *r,
                              struct problems *problems);
static void make_map(struct wanted *w);

void wanted_make(const struct wanted_input *in, struct lingering *linger, struct wanted *ret,
                 struct problems *problems)
{
    struct render_config render = *in->render;
    CLEAN(sbuf) struct sbuf cfg = SBUF_INIT;
    CLEAN(sbuf) struct sbuf map = SBUF_INIT;

    routes_from_catalog(in->rules, in->catalog, &ret->routes, problems);
    ret->next = lingering_apply(linger, &ret->routes, in->now);
    for (size_t i = 0; i < ret->routes.n; i++)
        drop_closed_ports(in, &ret->routes.v[i], problems);
    if (!can_open(in, render.http_port, "http_port", problems))
        render.http_port = 0;
    if (!can_open(in, render.https_port, "https_port", problems))
        render.https_port = 0;
    if (!can_open(in, render.stats_port, "stats_port", problems))
        render.stats_port = 0;
    if (render.nofile)
        render.maxconn = render_maxconn(render.nofile, &ret->routes);
    render_cfg(&render, &ret->routes, &cfg);
    render_map(&ret->routes, &map);
    haproxy_cfg_parse(sbuf_str(&cfg), &ret->cfg);
    haproxy_cfg_add_mark(ret->cfg.structure, &cfg);
    ret->cfg_text = sbuf_take(&cfg);
    ret->map_text = sbuf_take(&map);
    make_map(ret);
}

void wanted_done(struct wanted *w)
{
    routes_done(&w->routes);
    haproxy_cfg_done(&w->cfg);
    kvs_done(&w->map);
    free(w->cfg_text);
    free(w->map_text);
    *w = (struct wanted){0};
}

static bool can_open(const struct wanted_input *in, unsigned port, const char *key,
                     struct problems *problems)
{
    CLEAN(err) struct err *err = NULL;

    if (!port || !in->probe(in->arg, port, &err))
        return true;
    CLEAN(free_str) char *subject = xasprintf("port %u", port);
    problems_add(problems, subject,
                 "%s: stop the program that listens there, or set [lb] %s to another port",
                 err_msg(err), key);
    return false;
}

static void drop_closed_ports(const struct wanted_input *in, struct route *r,
                              struct problems *problems)
{
    for (size_t i = r->n_service_ports; i-- > 0;) {
        CLEAN(err) struct err *err = NULL;
        uint16_t port = r->service_ports[i];

        if (!in->probe(in->arg, port, &err))
            continue;
        CLEAN(free_str) char *subject = xasprintf("service %s", r->service);
        problems_add(problems, subject,
                     "%s: stop the program that listens there, or give the service another port",
                     err_msg(err));
        route_drop_port(r, port);
    }
}

static void make_map(struct wanted *w)
{
    for (size_t i = 0; i < w->routes.n; i++)
        for (size_t j = 0; j < w->routes.v[i].vhosts.n; j++)
            kvs_add(&w->map, w->routes.v[i].vhosts.v[j], w->routes.v[i].backend);
    kvs_sort(&w->map);
}
