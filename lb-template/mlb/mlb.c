#include "lb-template/mlb/mlb.h"

#include <stdlib.h>
#include <string.h>

#include "lb-template/mlb/claim.h"
#include "lb-template/mlb/deployment.h"
#include "lb-template/mlb/front.h"
#include "lb-template/mlb/unit.h"
#include "lb-template/render.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"

#define MARKED_MAX 256 /* apps that are told apart; more of them cost as much as all */

/* An app and the unit that it belongs to. */
struct member {
    char *unit;
    const struct marathon_app *app;
};

struct mlb {
    struct renderer base;
    const struct mlb_options *options;
    struct mlb_source source;
    struct portset reserved;
    struct strv marked;
    bool all_marked;
    struct mlb_unit **units; /* sorted by id */
    size_t n;
    bool claims_dirty, rules_dirty, head_dirty;
    struct problems unit_problems, claim_problems, rule_problems;
    unsigned reloads; /* that were asked for */
    unsigned maxconn; /* of the head */
    struct rendering_piece head, shared;
    struct rendering rendering; /* its pieces borrow the texts */
};

static const struct rendering *render(struct renderer *base, const struct renderer_input *in,
                                      struct err **err);
static void make_head(struct mlb *m);
static void fit_head(struct mlb *m);
static void refresh_units(struct mlb *m, const struct marathon_apps *apps);
static struct member *list_members(const struct mlb *m, const struct marathon_apps *apps);
static int by_unit(const void *a, const void *b);
static void take_members(struct mlb_unit *u, const struct member *v, size_t n,
                         struct problems *problems);
static void set_id(char **at, const char *id, bool *changed);
static bool is_marked(const struct mlb *m, const struct mlb_unit *u);
static void set_without(struct mlb *m, const struct strv *without);
static void read_units(struct mlb *m, const struct mlb_env *env);
static void probe_ports(struct mlb *m, const struct renderer_input *in);
static void render_units(struct mlb *m, const struct mlb_env *env);
static void render_shared(struct mlb *m);
static void add_map(struct mlb *m, const char *name, struct kvs *pairs);
static void set_piece(struct rendering_piece *p, struct sbuf *text);
static void list_pieces(struct mlb *m);
static void report(const struct mlb *m, struct problems *problems);
static void copy_problems(const struct problems *from, struct problems *to);

struct mlb *mlb_new(const struct mlb_options *options, const struct mlb_source *source)
{
    struct mlb *m = xcalloc(1, sizeof *m);

    m->base.render = render;
    m->options = options;
    m->source = *source;
    m->maxconn = options->maxconn;
    m->all_marked = m->claims_dirty = m->rules_dirty = true;
    mlb_front_ports(options, &m->reserved);
    m->head_dirty = true;
    return m;
}

void mlb_free(struct mlb *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->n; i++)
        mlb_unit_free(m->units[i]);
    free(m->units);
    strv_done(&m->marked);
    problems_done(&m->unit_problems);
    problems_done(&m->claim_problems);
    problems_done(&m->rule_problems);
    free(m->head.text);
    free(m->shared.text);
    for (size_t i = 0; i < m->rendering.n_maps; i++) {
        free(m->rendering.maps[i].path);
        kvs_done(&m->rendering.maps[i].pairs);
    }
    free(m->rendering.maps);
    free(m->rendering.v);
    free(m);
}

struct renderer *mlb_renderer(struct mlb *m)
{
    return &m->base;
}

void mlb_mark(struct mlb *m, const char *id)
{
    if (id && m->marked.n < MARKED_MAX)
        strv_add(&m->marked, id);
    else
        m->all_marked = true;
}

void mlb_reload(struct mlb *m)
{
    m->reloads++;
    m->head_dirty = true; /* whoever has the rendering may use it until the next one */
}

static void make_head(struct mlb *m)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    mlb_front_head(m->options, m->maxconn, &text);
    if (m->reloads)
        sbuf_addf(&text, "\nglobal\n  setenv BERTH_RELOADS %u\n", m->reloads);
    set_piece(&m->head, &text);
    m->head_dirty = false;
}

static const struct rendering *render(struct renderer *base, const struct renderer_input *in,
                                      struct err **err)
{
    struct mlb *m = (struct mlb *)base;
    struct mlb_env env = {
        .options = m->options,
        .apps = m->source.apps(m->source.arg),
        .resolve = m->source.resolve,
        .arg = m->source.arg,
    };

    (void)err;
    if (!env.apps)
        return NULL;
    if (m->head_dirty)
        make_head(m);
    if (m->all_marked || m->marked.n)
        refresh_units(m, env.apps);
    set_without(m, in->without);
    read_units(m, &env);
    if (m->claims_dirty) {
        problems_done(&m->claim_problems);
        mlb_claims_settle(m->units, m->n, m->options, &m->reserved, &m->claim_problems);
        m->claims_dirty = false;
    }
    probe_ports(m, in);
    render_units(m, &env);
    fit_head(m);
    if (m->rules_dirty)
        render_shared(m);
    list_pieces(m);
    report(m, in->problems);
    return &m->rendering;
}

/* HAProxy does not start where its connections, listeners and checks need more files than it may
 * open. The figure changes in large steps only: each is a reload. */
static void fit_head(struct mlb *m)
{
    struct route all = {0};
    unsigned maxconn = m->options->maxconn;

    for (size_t i = 0; i < m->n; i++)
        all.n_servers += m->units[i]->descriptors;
    if (m->options->nofile) {
        unsigned fits = render_maxconn(m->options->nofile, &(struct routes){.v = &all, .n = 1});
        maxconn = fits < maxconn ? fits : maxconn;
    }
    if (maxconn == m->maxconn)
        return;
    m->maxconn = maxconn;
    make_head(m);
}

/* Lists the units anew. Those that stay keep what they have; the ones whose apps are marked, or
 * others, are to be read. */
static void refresh_units(struct mlb *m, const struct marathon_apps *apps)
{
    struct member *v = list_members(m, apps);
    struct mlb_unit **now = xcalloc(apps->n + 1, sizeof *now);
    size_t n = 0, old = 0;

    strv_sort_unique(&m->marked);
    problems_done(&m->unit_problems);
    for (size_t i = 0, next; i < apps->n && v[i].unit; i = next) {
        for (next = i + 1; next < apps->n && v[next].unit && !strcmp(v[next].unit, v[i].unit);)
            next++;
        while (old < m->n && strcmp(m->units[old]->id, v[i].unit) < 0) {
            mlb_unit_free(m->units[old++]);
            m->claims_dirty = m->rules_dirty = true;
        }
        bool same = old < m->n && !strcmp(m->units[old]->id, v[i].unit);
        now[n] = same ? m->units[old++] : mlb_unit_new(v[i].unit);
        take_members(now[n], v + i, next - i, &m->unit_problems);
        now[n]->dirty |= is_marked(m, now[n]);
        n++;
    }
    for (; old < m->n; old++) {
        mlb_unit_free(m->units[old]);
        m->claims_dirty = m->rules_dirty = true;
    }
    for (size_t i = 0; i < apps->n; i++)
        free(v[i].unit);
    free(v);
    free(m->units);
    m->units = now;
    m->n = n;
    strv_done(&m->marked);
    m->all_marked = false;
}

/* Sorted by unit and app; the framework's own app is last, without a unit. */
static struct member *list_members(const struct mlb *m, const struct marathon_apps *apps)
{
    struct member *v = xcalloc(apps->n + 1, sizeof *v);
    const char *own = m->options->framework;

    for (size_t i = 0; i < apps->n; i++) {
        v[i].app = &apps->v[i];
        v[i].unit = mlb_deployment_id(&apps->v[i]);
        if (own && *own && !strcmp(v[i].unit + 1, own + (*own == '/'))) {
            free(v[i].unit);
            v[i].unit = NULL;
        }
    }
    if (apps->n)
        qsort(v, apps->n, sizeof *v, by_unit);
    return v;
}

static int by_unit(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    int order;

    if (!x->unit || !y->unit)
        return !x->unit - !y->unit;
    order = strcmp(x->unit, y->unit);
    return order ? order : strcmp(x->app->id, y->app->id);
}

static void take_members(struct mlb_unit *u, const struct member *v, size_t n,
                         struct problems *problems)
{
    set_id(&u->app, v[0].app->id, &u->dirty);
    set_id(&u->other, n > 1 ? v[1].app->id : NULL, &u->dirty);
    for (size_t i = 2; i < n; i++) {
        CLEAN(free_str) char *subject = xasprintf("app %s", v[i].app->id);
        problems_add(problems, subject,
                     "is the third one in HAPROXY_DEPLOYMENT_GROUP %s, and is not served: delete "
                     "one of them",
                     u->id);
    }
}

static void set_id(char **at, const char *id, bool *changed)
{
    if (*at && id && !strcmp(*at, id))
        return;
    *changed |= *at || id;
    free(*at);
    *at = id ? xstrdup(id) : NULL;
}

static bool is_marked(const struct mlb *m, const struct mlb_unit *u)
{
    return m->all_marked || strv_contains(&m->marked, u->app) ||
           (u->other && strv_contains(&m->marked, u->other));
}

static void set_without(struct mlb *m, const struct strv *without)
{
    for (size_t i = 0; i < m->n; i++) {
        bool is = without->n && strv_contains(without, m->units[i]->id);

        if (is != m->units[i]->without)
            m->claims_dirty = m->rules_dirty = true;
        m->units[i]->without = is;
    }
}

static void read_units(struct mlb *m, const struct mlb_env *env)
{
    for (size_t i = 0; i < m->n; i++)
        if (m->units[i]->dirty)
            m->claims_dirty |= mlb_unit_read(m->units[i], env);
}

/* A port that could be opened once is HAProxy's own from then on. */
static void probe_ports(struct mlb *m, const struct renderer_input *in)
{
    for (size_t i = 0; in->probe && i < m->n; i++)
        for (size_t k = 0; k < m->units[i]->n; k++) {
            CLEAN(err) struct err *err = NULL;
            struct mlb_port *p = &m->units[i]->v[k];

            if (p->opened || p->out || p->closed || p->service.bind_addr)
                continue;
            bool blocked = in->probe(in->arg, p->service.port, &err);
            if (blocked != p->blocked)
                m->units[i]->stale = true;
            p->blocked = blocked;
            p->opened = !blocked;
            CLEAN(free_str) char *subject = xasprintf("app %s", m->units[i]->id);
            if (blocked)
                problems_add(in->problems, subject,
                             "%s: stop the program that listens there, or give the app another "
                             "service port",
                             err_msg(err));
        }
}

static void render_units(struct mlb *m, const struct mlb_env *env)
{
    for (size_t i = 0; i < m->n; i++)
        if (m->units[i]->stale)
            m->rules_dirty |= mlb_unit_render(m->units[i], env);
}

static void render_shared(struct mlb *m)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    struct kvs domains = {0}, apps = {0};

    problems_done(&m->rule_problems);
    mlb_front_rules(m->options, m->units, m->n, &text, &m->rule_problems);
    set_piece(&m->shared, &text);
    if (m->options->haproxy_map) {
        mlb_front_domains(m->units, m->n, &domains, &m->rule_problems);
        mlb_front_apps(m->units, m->n, &apps);
        add_map(m, "app2backend.map", &apps);
        add_map(m, "domain2backend.map", &domains);
    }
    m->rules_dirty = false;
}

/* 'pairs' is moved, and sorted. */
static void add_map(struct mlb *m, const char *name, struct kvs *pairs)
{
    CLEAN(free_str) char *path = xasprintf("%s/%s", m->options->dir, name);
    struct kvs *old = rendering_map(&m->rendering, path);
    struct rendering_map *map = m->rendering.maps;

    while (&map->pairs != old)
        map++;
    if (map->stamp && kvs_equal(old, pairs)) {
        kvs_done(pairs);
        return;
    }
    kvs_done(old);
    *old = *pairs;
    map->stamp = rendering_stamp();
}

static void set_piece(struct rendering_piece *p, struct sbuf *text)
{
    if (p->stamp && p->len == text->len && !memcmp(p->text, text->data, text->len))
        return;
    free(p->text);
    p->len = text->len;
    p->text = sbuf_take(text);
    p->stamp = rendering_stamp();
}

static void list_pieces(struct mlb *m)
{
    struct rendering *r = &m->rendering;

    r->n = 0;
    if (r->cap < m->n + 2) {
        r->cap = m->n + m->n / 8 + 2;
        r->v = xreallocarray(r->v, r->cap, sizeof *r->v);
    }
    r->v[r->n++] = m->head;
    r->v[r->n++] = m->shared;
    for (size_t i = 0; i < m->n; i++) {
        const struct mlb_unit *u = m->units[i];

        if (u->len)
            r->v[r->n++] = (struct rendering_piece){u->text, u->len, u->stamp, u->id};
    }
}

static void report(const struct mlb *m, struct problems *problems)
{
    copy_problems(&m->unit_problems, problems);
    copy_problems(&m->claim_problems, problems);
    copy_problems(&m->rule_problems, problems);
    for (size_t i = 0; i < m->n; i++) {
        copy_problems(&m->units[i]->problems, problems);
        copy_problems(&m->units[i]->text_problems, problems);
    }
}

static void copy_problems(const struct problems *from, struct problems *to)
{
    for (size_t i = 0; i < from->n; i++)
        problems_add(to, from->v[i].subject, "%s", from->v[i].text);
}
