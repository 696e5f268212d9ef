#include "lb-template/mlb/service.h"

#include <stdlib.h>
#include <string.h>

#include "lb-template/mlb/label.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"

#define PREFIX "HAPROXY_"

static void add_services(const struct mlb_options *options, const struct marathon_app *app,
                         struct mlb_services *ret);
static void read_label(const struct marathon_app *app, const struct kv *label,
                       struct mlb_services *l, struct problems *problems);
static bool split_key(const char *key, unsigned *ret_index, const char **ret_name);
static void finish(const struct marathon_app *app, struct mlb_service *s,
                   struct problems *problems);
static void decide_check(const struct marathon_app *app, struct mlb_service *s);
static bool is_http(const struct marathon_check *c);
static void require_vhost(const struct marathon_app *app, struct mlb_service *s,
                          struct problems *problems);
static void service_done(struct mlb_service *s);

void mlb_services_read(const struct mlb_options *options, const struct marathon_app *app,
                       struct mlb_services *ret, struct problems *problems)
{
    add_services(options, app, ret);
    for (size_t i = 0; i < app->labels.n; i++)
        read_label(app, &app->labels.v[i], ret, problems);
    for (size_t i = 0; i < ret->n; i++)
        finish(app, &ret->v[i], problems);
}

void mlb_services_done(struct mlb_services *l)
{
    for (size_t i = 0; i < l->n; i++)
        service_done(&l->v[i]);
    free(l->v);
    *l = (struct mlb_services){0};
}

const char *mlb_service_own(const struct mlb_service *s, enum mlb_template id)
{
    for (size_t i = 0; i < s->n_own; i++)
        if (s->own[i].id == id)
            return s->own[i].text;
    return NULL;
}

int mlb_service_check(const struct marathon_app *app, unsigned index)
{
    for (size_t i = 0; i < app->checks.n; i++) {
        const struct marathon_check *c = &app->checks.v[i];

        if (c->port || (c->indexed && c->port_index == index))
            return (int)i;
    }
    return -1;
}

static void add_services(const struct mlb_options *options, const struct marathon_app *app,
                         struct mlb_services *ret)
{
    const char *groups = kvs_get(&app->labels, PREFIX "GROUP");

    for (size_t i = 0; i < app->ports.n; i++) {
        uint16_t port = app->ports.v[i].service_port;

        if (!port && (app->network != MARATHON_CONTAINER || !options->first_port))
            continue;
        ret->v = xgrow(ret->v, ret->n, &ret->cap, sizeof *ret->v);
        ret->v[ret->n++] = (struct mlb_service){
            .index = (unsigned)i,
            .port = port,
            .enabled = !options->strict,
            .groups = groups ? xstrdup(groups) : NULL,
            .check = mlb_service_check(app, (unsigned)i),
            .check_port = -1,
        };
    }
}

static void read_label(const struct marathon_app *app, const struct kv *label,
                       struct mlb_services *l, struct problems *problems)
{
    const char *name;
    unsigned index;

    if (!split_key(label->key, &index, &name))
        return;
    for (size_t i = 0; i < l->n; i++)
        if (l->v[i].index == index)
            mlb_label_read(&l->v[i], app->id, label->key, name, label->value, problems);
}

/* HAPROXY_12_VHOST: 12 and VHOST. */
static bool split_key(const char *key, unsigned *ret_index, const char **ret_name)
{
    unsigned index = 0;

    if (strncmp(key, PREFIX, strlen(PREFIX)))
        return false;
    key += strlen(PREFIX);
    size_t digits = strspn(key, "0123456789");
    if (!digits || digits > 3 || key[digits] != '_' || (*key == '0' && digits > 1))
        return false;
    for (size_t i = 0; i < digits; i++)
        index = index * 10 + (unsigned)(key[i] - '0');
    *ret_index = index;
    *ret_name = key + digits + 1;
    return true;
}

static void finish(const struct marathon_app *app, struct mlb_service *s, struct problems *problems)
{
    decide_check(app, s);
    s->http = s->said_http || (!s->said_tcp && s->vhosts.n) || (s->http && !s->said_tcp);
    if (s->path && !s->weight)
        s->weight = 1;
    require_vhost(app, s, problems);
    if (s->http || !s->vhosts.n)
        return;
    CLEAN(free_str) char *subject = xasprintf("app %s", app->id);
    problems_add(problems, subject, "HAPROXY_%u_VHOST does nothing in mode tcp", s->index);
    strv_done(&s->vhosts);
}

/* A check by HTTP makes the mode HTTP, as long as no label says otherwise. */
static void decide_check(const struct marathon_app *app, struct mlb_service *s)
{
    const struct marathon_check *c = s->check >= 0 ? &app->checks.v[s->check] : NULL;

    s->http = c && c->kind == MARATHON_CHECK_HTTP && !c->by_mesos;
    if (c || s->check_port < 0)
        return;
    s->check = mlb_service_check(app, (unsigned)s->check_port);
    if (s->check >= 0 && is_http(&app->checks.v[s->check])) {
        s->http = true;
        s->said_tcp = false; /* marathon-lb lets this check have its way */
    }
}

static bool is_http(const struct marathon_check *c)
{
    return c->kind == MARATHON_CHECK_HTTP || c->kind == MARATHON_CHECK_HTTPS;
}

/* Those rules name the host. */
static void require_vhost(const struct marathon_app *app, struct mlb_service *s,
                          struct problems *problems)
{
    const char *what = s->proxypass  ? "HTTP_BACKEND_PROXYPASS_PATH"
                       : s->revproxy ? "HTTP_BACKEND_REVPROXY_PATH"
                       : s->redir    ? "HTTP_BACKEND_REDIR"
                                     : NULL;

    if (!what || !s->http || s->vhosts.n || s->refused)
        return;
    mlb_label_refuse(s, app->id, problems, "HAPROXY_%u_%s needs HAPROXY_%u_VHOST", s->index, what,
                     s->index);
}

static void service_done(struct mlb_service *s)
{
    free(s->groups);
    strv_done(&s->vhosts);
    free(s->path);
    free(s->realm);
    free(s->user);
    free(s->password);
    free(s->bind_addr);
    free(s->bind_options);
    free(s->ssl_cert);
    free(s->balance);
    strv_done(&s->networks);
    free(s->proxypass);
    free(s->revproxy);
    free(s->redir);
    for (size_t i = 0; i < s->n_own; i++)
        free(s->own[i].text);
    free(s->own);
}
