#include "lb-template/routes_renderer.h"

#include <stdlib.h>
#include <string.h>

#include "lb-template/certs.h"
#include "lb-template/dot.h"
#include "lb-template/haproxy_ctmpl.h"
#include "lb-template/hostmap.h"
#include "lb-template/pieces.h"
#include "lb-template/render.h"
#include "lb-template/routing.h"
#include "lib/clean.h"
#include "lib/file.h"
#include "lib/xmalloc.h"

struct routes_renderer {
    struct renderer base;
    const struct settings *settings;
    const struct select *select;
    const struct catalog *catalog; /* borrowed; NULL: none yet */
    struct tmpl *tmpl;
    bool edited; /* the file of 'tmpl' is to be read again */
    struct routing routing;
    struct pieces pieces;
    struct hostmap hosts;
    unsigned check_inter;  /* of the last rendering; 0: none yet */
    char *shown;           /* all that the template saw of the settings */
    uint64_t stamp;        /* of 'shown' */
    uint64_t executed;     /* the newer one of that and the routes' that 'pieces' are made from */
    struct rendering last; /* borrows from the others */
};

static struct tmpl *read_template(const char *path, struct err **err);
static void read_again(struct routes_renderer *r, struct problems *problems);
static const struct rendering *render(struct renderer *base, const struct renderer_input *in,
                                      struct err **err);
static void configure(struct routes_renderer *r, const struct renderer_input *in,
                      char stamp[CERTS_STAMP_LEN + 1], struct render_config *ret);
static bool can_open(const struct renderer_input *in, unsigned port, const char *key);
static void stamp_config(struct routes_renderer *r, const struct render_config *c);
static int execute(struct routes_renderer *r, const struct render_config *config, struct err **err);

struct routes_renderer *routes_renderer_new(const struct settings *settings,
                                            const struct select *select, struct err **err)
{
    struct tmpl *tmpl = read_template(settings->template, err);

    if (!tmpl)
        return NULL;
    struct routes_renderer *r = xcalloc(1, sizeof *r);
    r->base.render = render;
    r->settings = settings;
    r->select = select;
    r->tmpl = tmpl;
    hostmap_init(&r->hosts, settings->dir);
    return r;
}

void routes_renderer_free(struct routes_renderer *r)
{
    if (!r)
        return;
    pieces_done(&r->pieces);
    routing_done(&r->routing);
    hostmap_done(&r->hosts);
    tmpl_free(r->tmpl);
    free(r->shown);
    free(r);
}

void routes_renderer_catalog(struct routes_renderer *r, const struct catalog *catalog)
{
    r->catalog = catalog;
}

void routes_renderer_edited(struct routes_renderer *r)
{
    r->edited = r->settings->template != NULL;
}

void routes_renderer_configured(struct routes_renderer *r)
{
    r->edited = true;
    routing_forget(&r->routing);
}

struct renderer *routes_renderer_base(struct routes_renderer *r)
{
    return &r->base;
}

/* 'path' is NULL for the one that is built in. */
static struct tmpl *read_template(const char *path, struct err **err)
{
    size_t len;

    if (!path)
        return tmpl_parse("haproxy.ctmpl", haproxy_ctmpl, haproxy_ctmpl_len, NULL, NULL, err);
    CLEAN(free_str) char *text = file_read(path, TMPL_TEXT_MAX, &len, err);
    struct tmpl *t = text ? tmpl_parse(path, text, len, NULL, NULL, err) : NULL;
    if (!t) {
        err_wrap(err, "[lb] template");
    } else if (tmpl_asks(t)) {
        err_set(
            err,
            "[lb] template: %s calls functions that ask for data (service, key, file, env ...): "
            "use .Routes and .LB",
            path);
        tmpl_free(TAKE_PTR(t));
    }
    return t;
}

/* What the new one makes of a route is made anew, and keeps its stamp where it is the same text. */
static void read_again(struct routes_renderer *r, struct problems *problems)
{
    CLEAN(err) struct err *err = NULL;

    if (!r->edited)
        return;
    struct tmpl *tmpl = read_template(r->settings->template, &err);
    if (!tmpl) {
        problems_add(problems, "HAProxy template", "%s; the last good one stays", err_msg(err));
        return;
    }
    tmpl_free(r->tmpl);
    r->tmpl = tmpl;
    r->edited = false;
    free(TAKE_PTR(r->shown)); /* the stamp of all pieces will be another one */
}

static const struct rendering *render(struct renderer *base, const struct renderer_input *in,
                                      struct err **err)
{
    struct routes_renderer *r = (struct routes_renderer *)base;
    const struct routing_rules rules = {&r->settings->rules, r->select};
    char stamp[CERTS_STAMP_LEN + 1];
    struct render_config config;

    if (!r->catalog)
        return NULL;
    read_again(r, in->problems);
    r->last.next = routing_update(&r->routing, &rules, r->catalog, in);
    configure(r, in, stamp, &config);
    stamp_config(r, &config);
    uint64_t newest = r->routing.content > r->stamp ? r->routing.content : r->stamp;
    if (newest != r->executed && execute(r, &config, err))
        return NULL;
    r->executed = newest;
    hostmap_update(&r->hosts, &r->routing, in->without);
    r->last.v = r->pieces.done.v;
    r->last.n = r->pieces.done.n;
    r->last.maps = &r->hosts.map;
    r->last.n_maps = 1;
    r->last.routes = &r->routing.routes;
    r->last.offer = r->routing.stamp;
    return &r->last;
}

/* '*ret' borrows 'stamp', which is filled. */
static void configure(struct routes_renderer *r, const struct renderer_input *in,
                      char stamp[CERTS_STAMP_LEN + 1], struct render_config *ret)
{
    const struct routes *routes = &r->routing.routes;
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
        ret->maxconn = render_maxconn(ret->nofile, routes);
    r->check_inter = render_check_inter(r->check_inter, render_count_servers(routes));
    ret->check_inter = r->check_inter;
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

/* What does not change while the agent runs need not be in it; what has a new configuration is read
 * again in any case. */
static void stamp_config(struct routes_renderer *r, const struct render_config *c)
{
    CLEAN(free_str)
    char *now = xasprintf("%u %u %u %u %u %s", c->http_port, c->https_port, c->stats_port,
                          c->maxconn, c->check_inter, c->https_port ? c->certs_stamp : "");

    if (r->shown && !strcmp(r->shown, now))
        return;
    free(r->shown);
    r->shown = TAKE_PTR(now);
    r->stamp = rendering_stamp();
}

static int execute(struct routes_renderer *r, const struct render_config *config, struct err **err)
{
    struct tmpl_cut cut = pieces_cut(&r->pieces);
    CLEAN(tmpl_arena) struct tmpl_arena arena;
    struct tmpl_result result = {0};

    tmpl_arena_init(&arena, 0);
    struct tmpl_value dot = dot_make(&arena, config, &r->routing);
    pieces_begin(&r->pieces, r->stamp);
    int failed = tmpl_execute(r->tmpl, &(struct tmpl_run){.cut = &cut, .dot = &dot}, &result, err);
    if (!failed && result.n_writes)
        failed = err_set(err, "template: writeToFile has no place in haproxy.cfg's template");
    pieces_end(&r->pieces, failed);
    tmpl_result_done(&result);
    return failed;
}
