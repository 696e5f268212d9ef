#include "lb-template/mlb/unit.h"

#include <stdlib.h>
#include <string.h>

#include "lb-template/mlb/backend.h"
#include "lb-template/mlb/deployment.h"
#include "lb-template/mlb/value.h"
#include "lb-template/name.h"
#include "lb-template/rendering.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"

/* The apps of a unit as they are now. */
struct apps {
    const struct marathon_app *old, *new; /* 'new' is NULL for an app alone */
    size_t draining;
};

static bool find_apps(const struct mlb_unit *u, const struct mlb_env *env, struct apps *ret);
static void take_ports(struct mlb_unit *u, const struct mlb_env *env, const struct apps *apps);
static void carry_over(struct mlb_unit *u, struct mlb_unit *was, bool the_same);
static bool is_wanted(const struct mlb_env *env, const struct mlb_service *s);
static void collect(const struct mlb_unit *u, const struct mlb_env *env, const struct apps *apps,
                    const struct mlb_service *s, struct mlb_servers *ret);
static void note_healthy(struct mlb_unit *u, const struct apps *apps);
static char *summary(const struct mlb_unit *u);
static int by_port(const void *a, const void *b);
static bool render_port(struct mlb_unit *u, struct mlb_port *p, const struct mlb_env *env,
                        const struct apps *apps, bool *has_by_app, struct sbuf *out);
static char *clean_id(const char *id);
static int make_port(struct mlb_text *t, struct mlb_port *p, const struct mlb_backend *b,
                     bool by_app, struct sbuf *out, struct err **err);
static int make_by_app(struct mlb_text *t, struct mlb_port *p, struct err **err);
static bool same_rules(const struct mlb_port *a, const struct mlb_port *b);
static void set_text(struct mlb_unit *u, struct sbuf *text);
static void ports_done(struct mlb_unit *u);

struct mlb_unit *mlb_unit_new(const char *id)
{
    struct mlb_unit *u = xcalloc(1, sizeof *u);

    u->id = xstrdup(id);
    u->dirty = true;
    return u;
}

void mlb_unit_free(struct mlb_unit *u)
{
    if (!u)
        return;
    ports_done(u);
    free(u->id);
    free(u->app);
    free(u->other);
    strv_done(&u->healthy);
    problems_done(&u->problems);
    problems_done(&u->text_problems);
    free(u->text);
    free(u);
}

bool mlb_unit_read(struct mlb_unit *u, const struct mlb_env *env)
{
    CLEAN(free_str) char *before = summary(u);
    struct mlb_unit was = {.v = u->v, .n = u->n};
    struct apps apps;

    u->v = NULL;
    u->n = u->cap = 0;
    problems_done(&u->problems);
    if (find_apps(u, env, &apps)) {
        take_ports(u, env, &apps);
        note_healthy(u, &apps);
    }
    u->dirty = false;
    u->stale = true;
    CLEAN(free_str) char *after = summary(u);
    bool same = !strcmp(before, after);
    carry_over(u, &was, same);
    ports_done(&was);
    return !same;
}

bool mlb_unit_render(struct mlb_unit *u, const struct mlb_env *env)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    bool changed = u->lost_rules, has_by_app = false;
    struct apps apps;

    u->lost_rules = false;
    u->descriptors = 0;
    problems_done(&u->text_problems);
    if (find_apps(u, env, &apps))
        for (size_t i = 0; i < u->n; i++)
            changed |= render_port(u, &u->v[i], env, &apps, &has_by_app, &text);
    set_text(u, &text);
    u->stale = false;
    return changed;
}

void mlb_port_name(struct mlb_port *p, const char *unit, uint16_t port)
{
    CLEAN(free_str) char *path = xstrdup(unit + 1);

    for (char *c = path; *c; c++)
        if (*c == '/')
            *c = '_';
    free(p->backend);
    free(p->acl);
    p->service.port = port;
    p->backend = xasprintf("%s_%u", path, port);
    p->acl = NULL;
    if (!p->service.vhosts.n)
        return;
    CLEAN(free_str) char *host = mlb_clean(p->service.vhosts.v[0]);
    p->acl = xasprintf("%s_%s", host, path);
}

void mlb_unit_sort(struct mlb_unit *u)
{
    if (u->n)
        qsort(u->v, u->n, sizeof *u->v, by_port);
}

static bool find_apps(const struct mlb_unit *u, const struct mlb_env *env, struct apps *ret)
{
    *ret = (struct apps){.old = marathon_apps_find(env->apps, u->app)};
    if (u->other)
        ret->new = marathon_apps_find(env->apps, u->other);
    if (!ret->old || (u->other && !ret->new))
        return false;
    if (!ret->new)
        return true;
    if (!mlb_deployment_is_older(ret->old, ret->new)) {
        const struct marathon_app *old = ret->new;

        ret->new = ret->old;
        ret->old = old;
    }
    ret->draining = mlb_deployment_draining(ret->old, ret->new);
    return true;
}

static void take_ports(struct mlb_unit *u, const struct mlb_env *env, const struct apps *apps)
{
    struct mlb_services services = {0};

    mlb_services_read(env->options, apps->old, &services, &u->problems);
    for (size_t i = 0; i < services.n; i++) {
        struct mlb_servers servers = {0};

        if (is_wanted(env, &services.v[i]))
            collect(u, env, apps, &services.v[i], &servers);
        if (servers.n) {
            u->v = xgrow(u->v, u->n, &u->cap, sizeof *u->v);
            u->v[u->n++] = (struct mlb_port){
                .service = services.v[i],
                .said = services.v[i].port,
                .container_port = apps->old->ports.v[services.v[i].index].container_port,
            };
            services.v[i] = (struct mlb_service){0};
        }
        mlb_servers_done(&servers);
    }
    mlb_services_done(&services);
}

/* The rules go with their port, for the next ones to be compared with. As long as the unit claims
 * 'the_same', it has what it was given. */
static void carry_over(struct mlb_unit *u, struct mlb_unit *was, bool the_same)
{
    for (size_t i = 0; i < was->n; i++) {
        struct mlb_port *old = &was->v[i], *now = NULL;

        for (size_t k = 0; k < u->n; k++)
            if (u->v[k].service.index == old->service.index)
                now = &u->v[k];
        if (!now) {
            u->lost_rules |= old->rules.http || old->by_app;
            continue;
        }
        now->rules = old->rules;
        now->by_app = TAKE_PTR(old->by_app);
        old->rules = (struct mlb_vhost_rules){0};
        if (!the_same)
            continue;
        now->backend = TAKE_PTR(old->backend);
        now->acl = TAKE_PTR(old->acl);
        now->service.port = old->service.port;
        now->out = old->out;
        now->closed = old->closed;
        now->blocked = old->blocked;
        now->opened = old->opened;
    }
    mlb_unit_sort(u);
}

static bool is_wanted(const struct mlb_env *env, const struct mlb_service *s)
{
    return !s->refused && s->enabled && mlb_options_takes(env->options, s->groups);
}

static void collect(const struct mlb_unit *u, const struct mlb_env *env, const struct apps *apps,
                    const struct mlb_service *s, struct mlb_servers *ret)
{
    struct mlb_taking taking = {
        .healthy_only = env->options->health_check,
        .before = &u->healthy,
        .resolve = env->resolve,
        .arg = env->arg,
    };

    mlb_servers_add(ret, apps->old, s, apps->draining, &taking);
    if (apps->new)
        mlb_servers_add(ret, apps->new, s, 0, &taking);
}

/* What Marathon says of a task's health holds until it says something else: after a change of its
 * leader it says nothing for a while. */
static void note_healthy(struct mlb_unit *u, const struct apps *apps)
{
    const struct marathon_app *both[] = {apps->old, apps->new};
    struct strv now = {0};

    for (size_t i = 0; i < ARRAY_LEN(both) && both[i]; i++)
        for (size_t k = 0; k < both[i]->tasks.n; k++) {
            const struct marathon_task *task = &both[i]->tasks.v[k];

            if (task->checked ? task->alive > 0 : strv_contains(&u->healthy, task->id))
                strv_add(&now, task->id);
        }
    strv_sort_unique(&now);
    strv_done(&u->healthy);
    u->healthy = now;
}

/* All that claim.h looks at. */
static char *summary(const struct mlb_unit *u)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    sbuf_adds(&text, "");
    for (size_t i = 0; i < u->n; i++) {
        const struct mlb_service *s = &u->v[i].service;

        sbuf_addf(&text, "%u %u %s %s\n", s->index, u->v[i].said, s->bind_addr ? s->bind_addr : "*",
                  s->vhosts.n ? s->vhosts.v[0] : "");
    }
    return sbuf_take(&text);
}

static int by_port(const void *a, const void *b)
{
    const struct mlb_port *x = a, *y = b;

    if (x->service.port != y->service.port)
        return x->service.port < y->service.port ? -1 : 1;
    return (x->service.index > y->service.index) - (x->service.index < y->service.index);
}

static bool render_port(struct mlb_unit *u, struct mlb_port *p, const struct mlb_env *env,
                        const struct apps *apps, bool *has_by_app, struct sbuf *out)
{
    CLEAN(free_str) char *subject = xasprintf("app %s", u->id);
    CLEAN(free_str) char *app = clean_id(u->id);
    CLEAN(err) struct err *err = NULL;
    const struct mlb_names names = {p->backend, p->acl ? p->acl : "", app};
    struct mlb_port before = {.rules = p->rules, .by_app = p->by_app};
    struct mlb_servers servers = {0};
    struct mlb_text t;
    size_t len = out->len;

    p->rules = (struct mlb_vhost_rules){0};
    p->by_app = NULL;
    p->failed = false;
    if (!p->out && p->backend) {
        collect(u, env, apps, &p->service, &servers);
        mlb_servers_finish(&servers);
        u->descriptors += servers.n + 1;
        const struct mlb_backend b = {p->service.check >= 0 ? &apps->old->checks.v[p->service.check]
                                                            : NULL,
                                      &servers, !p->closed && !p->blocked};
        mlb_text_init(&t, env->options, &p->service, u->id, &names);
        p->failed = make_port(&t, p, &b, p->service.http && !*has_by_app, out, &err);
        mlb_text_done(&t);
        *has_by_app |= p->service.http && !p->failed;
    }
    if (p->failed) {
        problems_add(&u->text_problems, subject, "port %u is not served: %s", p->service.index,
                     err_msg(err));
        out->len = len;
    }
    bool same = same_rules(&before, p);
    mlb_vhost_rules_done(&before.rules);
    free(before.by_app);
    mlb_servers_done(&servers);
    return !same;
}

static int make_port(struct mlb_text *t, struct mlb_port *p, const struct mlb_backend *b,
                     bool by_app, struct sbuf *out, struct err **err)
{
    if (mlb_backend_add(t, b, out, err))
        return -1;
    if (by_app && make_by_app(t, p, err))
        return -1;
    if (p->acl && !t->options->no_vhosts && mlb_vhost_rules(t, &p->rules, err)) {
        free(TAKE_PTR(p->by_app));
        return -1;
    }
    return 0;
}

/* "/a.b" and "/a/b" must not share an ACL. */
static char *clean_id(const char *id)
{
    CLEAN(free_str) char *clean = mlb_clean(id);

    return strpbrk(id, "._") ? xasprintf("%s-%08x", clean, name_hash(id)) : TAKE_PTR(clean);
}

/* "" where the map says it. */
static int make_by_app(struct mlb_text *t, struct mlb_port *p, struct err **err)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    sbuf_adds(&text, "");
    if (!t->options->haproxy_map && mlb_text_add(t, MLB_HTTP_FRONTEND_APPID_ACL, &text, err))
        return -1;
    p->by_app = sbuf_take(&text);
    return 0;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

static bool same_rules(const struct mlb_port *a, const struct mlb_port *b)
{
    return same_text(a->rules.http, b->rules.http) && same_text(a->rules.https, b->rules.https) &&
           strv_equal(&a->rules.by_vhost, &b->rules.by_vhost) &&
           a->rules.in_map == b->rules.in_map && same_text(a->by_app, b->by_app);
}

static void set_text(struct mlb_unit *u, struct sbuf *text)
{
    sbuf_adds(text, "");
    if (u->stamp && u->len == text->len && !memcmp(u->text, text->data, text->len))
        return;
    free(u->text);
    u->len = text->len;
    u->text = sbuf_take(text);
    u->text[u->len] = '\0';
    u->stamp = rendering_stamp();
}

static void ports_done(struct mlb_unit *u)
{
    for (size_t i = 0; i < u->n; i++) {
        struct mlb_services one = {.v = xcalloc(1, sizeof *one.v), .n = 1};

        one.v[0] = u->v[i].service;
        mlb_services_done(&one);
        free(u->v[i].backend);
        free(u->v[i].acl);
        free(u->v[i].by_app);
        mlb_vhost_rules_done(&u->v[i].rules);
    }
    free(u->v);
    u->v = NULL;
    u->n = u->cap = 0;
}
