#include "lb-template/mlb/backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lb-template/mlb/value.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"

#define NUMBER_LEN 12

/* A health check's numbers as texts, for templates to borrow. */
struct check_words {
    char index[NUMBER_LEN], port[NUMBER_LEN], port_option[NUMBER_LEN + 6];
    char timeout[NUMBER_LEN], interval[NUMBER_LEN], grace[NUMBER_LEN];
    char failures[NUMBER_LEN], falls[NUMBER_LEN];
};

static int add_frontend(struct mlb_text *t, struct sbuf *out, struct err **err);
static int add_http(struct mlb_text *t, struct sbuf *out, struct err **err);
static int add_networks(struct mlb_text *t, struct sbuf *out, struct err **err);
static int add_check(struct mlb_text *t, const struct mlb_backend *b, struct check_words *words,
                     struct sbuf *out, struct err **err);
static int add_server(struct mlb_text *t, const struct mlb_backend *b,
                      const struct mlb_server *server, struct check_words *words, struct sbuf *out,
                      struct err **err);
static bool is_tcp_check(const struct mlb_text *t, const struct marathon_check *c);
static void set_check(struct mlb_text *t, const struct marathon_check *c, struct check_words *w);
static void set_check_port(struct mlb_text *t, unsigned port, struct check_words *w);
static const char *check_protocol(const struct marathon_check *c);

int mlb_backend_add(struct mlb_text *t, const struct mlb_backend *b, struct sbuf *out,
                    struct err **err)
{
    struct check_words words;

    if (t->service->user && mlb_text_add(t, MLB_USERLIST_HEAD, out, err))
        return -1;
    if (b->open && add_frontend(t, out, err))
        return -1;
    if (mlb_text_add(t, MLB_BACKEND_HEAD, out, err) || add_http(t, out, err) ||
        add_networks(t, out, err))
        return -1;
    if (t->service->sticky && mlb_text_add(t, MLB_BACKEND_STICKY_OPTIONS, out, err))
        return -1;
    if (b->check && add_check(t, b, &words, out, err))
        return -1;
    for (size_t i = 0; i < b->servers->n; i++)
        if (add_server(t, b, &b->servers->v[i], &words, out, err))
            return -1;
    return 0;
}

static int add_frontend(struct mlb_text *t, struct sbuf *out, struct err **err)
{
    if (mlb_text_add(t, MLB_FRONTEND_HEAD, out, err))
        return -1;
    return mlb_text_add(t, MLB_FRONTEND_BACKEND_GLUE, out, err);
}

static int add_http(struct mlb_text *t, struct sbuf *out, struct err **err)
{
    const struct mlb_service *s = t->service;

    if (!s->http)
        return 0;
    if ((s->hsts && mlb_text_add(t, MLB_BACKEND_HSTS_OPTIONS, out, err)) ||
        mlb_text_add(t, MLB_BACKEND_HTTP_OPTIONS, out, err) ||
        (s->proxypass && mlb_text_add(t, MLB_HTTP_BACKEND_PROXYPASS_GLUE, out, err)) ||
        (s->revproxy && mlb_text_add(t, MLB_HTTP_BACKEND_REVPROXY_GLUE, out, err)))
        return -1;
    if (!s->redir)
        return 0;
    CLEAN(free_str) char *hosts = strv_join(&s->vhosts, " ");
    mlb_text_set(t, "hostname", hosts);
    int rc = mlb_text_add(t, MLB_HTTP_BACKEND_REDIR, out, err);
    mlb_text_set(t, "hostname", s->vhosts.v[0]);
    return rc;
}

/* Each network is one more definition of the same ACL. */
static int add_networks(struct mlb_text *t, struct sbuf *out, struct err **err)
{
    const struct mlb_service *s = t->service;
    enum mlb_template acl =
        s->http ? MLB_HTTP_BACKEND_NETWORK_ALLOWED_ACL : MLB_TCP_BACKEND_NETWORK_ALLOWED_ACL;

    if (!s->networks.n)
        return 0;
    for (size_t i = 0; i < s->networks.n; i++) {
        mlb_text_set(t, "network_allowed", s->networks.v[i]);
        if (mlb_text_add(t, acl, out, err))
            return -1;
    }
    return mlb_text_add(
        t, s->http ? MLB_HTTP_BACKEND_ACL_ALLOW_DENY : MLB_TCP_BACKEND_ACL_ALLOW_DENY, out, err);
}

static int add_check(struct mlb_text *t, const struct mlb_backend *b, struct check_words *words,
                     struct sbuf *out, struct err **err)
{
    const struct mlb_server *first = b->servers->n ? &b->servers->v[0] : NULL;

    if (b->check->path && !mlb_word_ok(b->check->path))
        return err_set(err, "the path of its health check is no path");
    set_check(t, b->check, words);
    set_check_port(t, !first ? 0 : first->check_port ? first->check_port : first->port, words);
    return mlb_text_add(t,
                        is_tcp_check(t, b->check) ? MLB_BACKEND_TCP_HEALTHCHECK_OPTIONS
                                                  : MLB_BACKEND_HTTP_HEALTHCHECK_OPTIONS,
                        out, err);
}

static int add_server(struct mlb_text *t, const struct mlb_backend *b,
                      const struct mlb_server *server, struct check_words *words, struct sbuf *out,
                      struct err **err)
{
    CLEAN(sbuf) struct sbuf check = SBUF_INIT;
    char port[NUMBER_LEN], id[NUMBER_LEN], cookie[MLB_COOKIE_LEN + 16] = "";
    bool sticky = t->service->sticky;

    snprintf(port, sizeof port, "%u", server->port);
    snprintf(id, sizeof id, "%u", server->id);
    if (sticky)
        snprintf(cookie, sizeof cookie, " check cookie %s", server->cookie);
    if (b->check) {
        set_check_port(t, server->check_port ? server->check_port : b->check->port, words);
        if (mlb_text_add_words(t,
                               is_tcp_check(t, b->check)
                                   ? MLB_BACKEND_SERVER_TCP_HEALTHCHECK_OPTIONS
                                   : MLB_BACKEND_SERVER_HTTP_HEALTHCHECK_OPTIONS,
                               &check, err))
            return -1;
    }
    mlb_text_set(t, "serverName", server->name);
    mlb_text_set(t, "serverId", id);
    mlb_text_set(t, "host", server->host);
    mlb_text_set(t, "host_ipv4", server->address);
    mlb_text_set(t, "port", port);
    mlb_text_set(t, "cookieOptions", cookie);
    mlb_text_set(t, "healthCheckOptions", sbuf_str(&check));
    /* Weight 0 needs no reload, but leaves visitors with a cookie where they are. */
    mlb_text_set(t, "otherOptions", !server->draining ? "" : sticky ? " disabled" : " weight 0");
    return mlb_text_add(t, MLB_BACKEND_SERVER_OPTIONS, out, err);
}

static bool is_tcp_check(const struct mlb_text *t, const struct marathon_check *c)
{
    return !t->service->http || c->kind == MARATHON_CHECK_TCP;
}

static void set_check(struct mlb_text *t, const struct marathon_check *c, struct check_words *w)
{
    snprintf(w->index, sizeof w->index, "%u", c->port_index);
    snprintf(w->timeout, sizeof w->timeout, "%u", c->timeout);
    snprintf(w->interval, sizeof w->interval, "%u", c->interval);
    snprintf(w->grace, sizeof w->grace, "%u", c->grace);
    snprintf(w->failures, sizeof w->failures, "%u", c->max_failures);
    snprintf(w->falls, sizeof w->falls, "%u", c->max_failures + 1);
    mlb_text_set(t, "healthCheckPortIndex", c->indexed ? w->index : "None");
    mlb_text_set(t, "healthCheckProtocol", check_protocol(c));
    mlb_text_set(t, "healthCheckPath", c->path ? c->path : "/");
    mlb_text_set(t, "healthCheckTimeoutSeconds", w->timeout);
    mlb_text_set(t, "healthCheckIntervalSeconds", w->interval);
    mlb_text_set(t, "healthCheckGracePeriodSeconds", w->grace);
    mlb_text_set(t, "healthCheckMaxConsecutiveFailures", w->failures);
    mlb_text_set(t, "healthCheckFalls", w->falls);
}

static void set_check_port(struct mlb_text *t, unsigned port, struct check_words *w)
{
    snprintf(w->port, sizeof w->port, "%u", port);
    snprintf(w->port_option, sizeof w->port_option, " port %u", port);
    mlb_text_set(t, "healthCheckPort", port ? w->port : "None");
    mlb_text_set(t, "healthCheckPortOptions", port ? w->port_option : "");
}

static const char *check_protocol(const struct marathon_check *c)
{
    static const char *const names[][2] = {
        [MARATHON_CHECK_HTTP] = {"HTTP", "MESOS_HTTP"},
        [MARATHON_CHECK_HTTPS] = {"HTTPS", "MESOS_HTTPS"},
        [MARATHON_CHECK_TCP] = {"TCP", "MESOS_TCP"},
        [MARATHON_CHECK_COMMAND] = {"COMMAND", "COMMAND"},
        [MARATHON_CHECK_OTHER] = {"OTHER", "OTHER"},
    };

    return names[c->kind][c->by_mesos];
}
