#include "lb-template/routes_renderer.h"

#include <stdlib.h>

#include "lb-template/certs.h"
#include "lb-template/lingering.h"
#include "lb-template/render.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"

struct routes_renderer {
    struct renderer base;
    const struct settings *settings;
    const struct select *select;
    const struct catalog *catalog; /* borrowed; NULL: none yet */
    struct lingering lingering;
    struct routes routes;
    struct rendering rendering; /* of 'routes' */
};

static const struct rendering *render(struct renderer *base, const struct renderer_input *in,
                                      struct err **err);
static void make_routes(struct routes_renderer *r, const struct renderer_input *in);
static void drop_closed_ports(const struct renderer_input *in, struct route *r);
static void configure(const struct routes_renderer *r, const struct renderer_input *in,
                      char stamp[CERTS_STAMP_LEN + 1], struct render_config *ret);
static bool can_open(const struct renderer_input *in, unsigned port, const char *key);
static void add_pieces(struct routes_renderer *r, const struct render_config *config);
static void add_hosts(struct routes_renderer *r, const struct strv *without);

struct routes_renderer *routes_renderer_new(const struct settings *settings,
                                            const struct select *select)
{
    struct routes_renderer *r = xcalloc(1, sizeof *r);

    r->base.render = render;
    r->settings = settings;
    r->select = select;
    return r;
}

void routes_renderer_free(struct routes_renderer *r)
{
    if (!r)
        return;
    lingering_done(&r->lingering);
    routes_done(&r->routes);
    rendering_done(&r->rendering);
    free(r);
}

void routes_renderer_catalog(struct routes_renderer *r, const struct catalog *catalog)
{
    r->catalog = catalog;
}

struct renderer *routes_renderer_base(struct routes_renderer *r)
{
    return &r->base;
}

static const struct rendering *render(struct renderer *base, const struct renderer_input *in,
                                      struct err **err)
{
    struct routes_renderer *r = (struct routes_renderer *)base;
    char stamp[CERTS_STAMP_LEN + 1];
    struct render_config config;
    struct rendering before = r->rendering;

    (void)err;
    if (!r->catalog)
        return NULL;
    r->rendering = (struct rendering){0};
    make_routes(r, in);
    configure(r, in, stamp, &config);
    add_pieces(r, &config);
    add_hosts(r, in->without);
    rendering_stamp_all(&r->rendering, &before);
    rendering_done(&before);
    return &r->rendering;
}

static void make_routes(struct routes_renderer *r, const struct renderer_input *in)
{
    struct instances all = {0}, served = {0};

    routes_done(&r->routes);
    catalog_lend(r->catalog, &all);
    for (size_t i = 0; i < all.n; i++)
        if (select_matches(r->select, &all.v[i]))
            instance_copy(instances_add(&served), &all.v[i]);
    routes_from_catalog(&r->settings->rules, &served, &r->routes, in->problems);
    free(all.v); /* the instances themselves are only lent */
    instances_done(&served);
    r->rendering.next = lingering_apply(&r->lingering, &r->routes, in->now);
    r->rendering.routes = &r->routes;
    for (size_t i = 0; i < r->routes.n; i++)
        drop_closed_ports(in, &r->routes.v[i]);
}

static void drop_closed_ports(const struct renderer_input *in, struct route *r)
{
    for (size_t i = r->n_service_ports; i-- > 0;) {
        CLEAN(err) struct err *err = NULL;
        uint16_t port = r->service_ports[i];

        if (!in->probe(in->arg, port, &err))
            continue;
        CLEAN(free_str) char *subject = xasprintf("service %s", r->service);
        problems_add(in->problems, subject,
                     "%s: stop the program that listens there, or give the service another port",
                     err_msg(err));
        route_drop_port(r, port);
    }
}

/* '*ret' borrows 'stamp', which is filled. */
static void configure(const struct routes_renderer *r, const struct renderer_input *in,
                      char stamp[CERTS_STAMP_LEN + 1], struct render_config *ret)
{
    CLEAN(err) struct err *err = NULL;

    *ret = r->settings->render;
    ret->certs_stamp = stamp;
    if (ret->https_port && certs_stamp(ret->certs, stamp, &err)) {
        problems_add(in->problems, "[lb] certs", "%s: there is no HTTPS until then", err_msg(err));
        ret->https_port = 0;
    }
    if (!can_open(in, ret->http_port, "http_port"))
        ret->http_port = 0;
    if (!can_open(in, ret->https_port, "https_port"))
        ret->https_port = 0;
    if (!can_open(in, ret->stats_port, "stats_port"))
        ret->stats_port = 0;
    if (ret->nofile)
        ret->maxconn = render_maxconn(ret->nofile, &r->routes);
}

static bool can_open(const struct renderer_input *in, unsigned port, const char *key)
{
    CLEAN(err) struct err *err = NULL;

    if (!port || !in->probe(in->arg, port, &err))
        return true;
    CLEAN(free_str) char *subject = xasprintf("port %u", port);
    problems_add(in->problems, subject,
                 "%s: stop the program that listens there, or set [lb] %s to another port",
                 err_msg(err), key);
    return false;
}

static void add_pieces(struct routes_renderer *r, const struct render_config *config)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    render_common(config, &text);
    rendering_add(&r->rendering, &text, NULL);
    for (size_t i = 0; i < r->routes.n; i++) {
        render_route(config, &r->routes.v[i], &text);
        rendering_add(&r->rendering, &text, r->routes.v[i].service);
    }
}

static void add_hosts(struct routes_renderer *r, const struct strv *without)
{
    CLEAN(free_str) char *path = xasprintf("%s/" RENDER_MAP, r->settings->dir);
    struct kvs *hosts = rendering_map(&r->rendering, path);

    for (size_t i = 0; i < r->routes.n; i++) {
        const struct route *route = &r->routes.v[i];

        if (strv_contains(without, route->service))
            continue;
        for (size_t j = 0; j < route->vhosts.n; j++)
            kvs_add(hosts, route->vhosts.v[j], route->backend);
    }
}
