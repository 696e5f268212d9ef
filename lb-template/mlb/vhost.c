#include "lb-template/mlb/vhost.h"

#include <stdlib.h>

#include "lib/clean.h"

static int add_http(struct mlb_text *t, struct sbuf *out, struct err **err);
static int add_http_one(struct mlb_text *t, struct sbuf *out, struct err **err);
static int add_http_many(struct mlb_text *t, struct sbuf *out, struct err **err);
static enum mlb_template routing(const struct mlb_service *s);
static int add_https(struct mlb_text *t, const char *host, struct sbuf *out, struct err **err);
static int make_all(struct mlb_text *t, struct mlb_vhost_rules *ret, struct sbuf *http,
                    struct sbuf *https, struct err **err);
static bool maps_http(const struct mlb_text *t);
static bool maps_https(const struct mlb_text *t);

int mlb_vhost_rules(struct mlb_text *t, struct mlb_vhost_rules *ret, struct err **err)
{
    CLEAN(sbuf) struct sbuf http = SBUF_INIT;
    CLEAN(sbuf) struct sbuf https = SBUF_INIT;
    struct mlb_vhost_rules rules = {0};
    int rc = make_all(t, &rules, &http, &https, err);

    mlb_text_set(t, "hostname", t->service->vhosts.v[0]);
    if (rc) {
        mlb_vhost_rules_done(&rules);
        return -1;
    }
    sbuf_adds(&http, "");
    sbuf_adds(&https, "");
    rules.http = sbuf_take(&http);
    rules.https = sbuf_take(&https);
    rules.in_map = maps_http(t) || maps_https(t);
    *ret = rules;
    return 0;
}

void mlb_vhost_rules_done(struct mlb_vhost_rules *r)
{
    free(r->http);
    free(r->https);
    strv_done(&r->by_vhost);
    *r = (struct mlb_vhost_rules){0};
}

static int make_all(struct mlb_text *t, struct mlb_vhost_rules *ret, struct sbuf *http,
                    struct sbuf *https, struct err **err)
{
    const struct mlb_service *s = t->service;

    if (add_http(t, http, err))
        return -1;
    if (s->path && !t->options->grouped &&
        mlb_text_add(t, MLB_HTTPS_FRONTEND_ACL_ONLY_WITH_PATH, https, err))
        return -1;
    for (size_t i = 0; i < s->vhosts.n; i++) {
        CLEAN(sbuf) struct sbuf own = SBUF_INIT;

        sbuf_adds(&own, "");
        if (!t->options->grouped) {
            if (add_https(t, s->vhosts.v[i], https, err))
                return -1;
            continue;
        }
        if ((s->path && mlb_text_add(t, MLB_HTTPS_FRONTEND_ACL_ONLY_WITH_PATH, &own, err)) ||
            add_https(t, s->vhosts.v[i], &own, err))
            return -1;
        strv_add_take(&ret->by_vhost, sbuf_take(&own));
    }
    return 0;
}

static int add_http(struct mlb_text *t, struct sbuf *out, struct err **err)
{
    return t->service->vhosts.n > 1 ? add_http_many(t, out, err) : add_http_one(t, out, err);
}

/* One host: one template says all, but for a redirect. */
static int add_http_one(struct mlb_text *t, struct sbuf *out, struct err **err)
{
    const struct mlb_service *s = t->service;

    if (s->path && s->redirect)
        return mlb_text_add(t, MLB_HTTP_FRONTEND_ACL_ONLY, out, err) ||
                       mlb_text_add(t, MLB_HTTP_FRONTEND_ACL_ONLY_WITH_PATH, out, err) ||
                       mlb_text_add(t, MLB_BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH, out, err)
                   ? -1
                   : 0;
    if (s->path)
        return mlb_text_add(t,
                            s->realm ? MLB_HTTP_FRONTEND_ACL_WITH_AUTH_AND_PATH
                                     : MLB_HTTP_FRONTEND_ACL_WITH_PATH,
                            out, err);
    if (s->redirect)
        return mlb_text_add(t, MLB_HTTP_FRONTEND_ACL, out, err) ||
                       mlb_text_add(t, MLB_BACKEND_REDIRECT_HTTP_TO_HTTPS, out, err)
                   ? -1
                   : 0;
    if (s->realm)
        return mlb_text_add(t, MLB_HTTP_FRONTEND_ACL_WITH_AUTH, out, err);
    return maps_http(t) ? 0 : mlb_text_add(t, MLB_HTTP_FRONTEND_ACL, out, err);
}

/* Several hosts: one ACL with a line for each, and then where it leads. */
static int add_http_many(struct mlb_text *t, struct sbuf *out, struct err **err)
{
    const struct mlb_service *s = t->service;

    if (s->path && mlb_text_add(t,
                                s->realm ? MLB_HTTP_FRONTEND_ACL_ONLY_WITH_PATH_AND_AUTH
                                         : MLB_HTTP_FRONTEND_ACL_ONLY_WITH_PATH,
                                out, err))
        return -1;
    if (maps_http(t))
        return 0;
    for (size_t i = 0; i < s->vhosts.n; i++) {
        mlb_text_set(t, "hostname", s->vhosts.v[i]);
        if (mlb_text_add(t, MLB_HTTP_FRONTEND_ACL_ONLY, out, err))
            return -1;
    }
    mlb_text_set(t, "hostname", s->vhosts.v[0]);
    return mlb_text_add(t, routing(s), out, err);
}

static enum mlb_template routing(const struct mlb_service *s)
{
    if (s->redirect)
        return s->path ? MLB_BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH
                       : MLB_BACKEND_REDIRECT_HTTP_TO_HTTPS;
    if (s->path)
        return s->realm ? MLB_HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH
                        : MLB_HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH;
    return s->realm ? MLB_HTTP_FRONTEND_ROUTING_ONLY_WITH_AUTH : MLB_HTTP_FRONTEND_ROUTING_ONLY;
}

static int add_https(struct mlb_text *t, const char *host, struct sbuf *out, struct err **err)
{
    const struct mlb_service *s = t->service;

    if (maps_https(t))
        return 0;
    mlb_text_set(t, "hostname", host);
    if (s->path)
        return mlb_text_add(t,
                            s->realm ? MLB_HTTPS_FRONTEND_ACL_WITH_AUTH_AND_PATH
                                     : MLB_HTTPS_FRONTEND_ACL_WITH_PATH,
                            out, err);
    return mlb_text_add(t, s->realm ? MLB_HTTPS_FRONTEND_ACL_WITH_AUTH : MLB_HTTPS_FRONTEND_ACL,
                        out, err);
}

static bool maps_http(const struct mlb_text *t)
{
    const struct mlb_service *s = t->service;

    return t->options->haproxy_map && !s->path && !s->realm && !s->redirect;
}

/* A frontend of one host only needs no map. */
static bool maps_https(const struct mlb_text *t)
{
    const struct mlb_service *s = t->service;

    return t->options->haproxy_map && !t->options->grouped && !s->path && !s->realm;
}
