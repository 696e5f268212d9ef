#include "registrator/consul_client.h"

#include <stdlib.h>
#include <string.h>

#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "registrator/url.h"

#define ANSWER_MAX (64 * 1024 * 1024) /* bytes: some 60,000 instances of one service */

static int check_header(const char *value, const char *what, struct err **err);
static const char *set(const char *s);
static char *escaped(const char *s);

int consul_client_init(struct consul_client *c, struct ev_loop *loop, struct http *http,
                       const struct consul_access *access, struct err **err)
{
    const char *name_space = set(access->name_space);

    if (!url_is_base(access->url))
        return err_set(err, "'%s' is no Consul address; use http://host:port or https://host:port",
                       access->url);
    if (consul_access_check(access, err))
        return -1;
    *c = (struct consul_client){.loop = loop, .http = http};
    c->server.base = xstrdup(access->url);
    c->server.unix_socket = access->unix_socket ? xstrdup(access->unix_socket) : NULL;
    consul_client_set_access(c, access);
    c->namespace_header = name_space ? xasprintf("X-Consul-Namespace: %s", name_space) : NULL;
    c->datacenter = set(access->datacenter) ? escaped(access->datacenter) : NULL;
    return 0;
}

void consul_client_done(struct consul_client *c)
{
    http_server_done(&c->server);
    free(c->user);
    free(c->token_header);
    free(c->namespace_header);
    free(c->datacenter);
}

int consul_access_check(const struct consul_access *access, struct err **err)
{
    return check_header(set(access->token), "token", err) ||
                   check_header(set(access->name_space), "namespace", err)
               ? -1
               : 0;
}

void consul_client_set_access(struct consul_client *c, const struct consul_access *access)
{
    const char *token = set(access->token);

    http_tls_done(&c->server.tls);
    if (access->tls)
        http_tls_copy(&c->server.tls, access->tls);
    free(c->user);
    c->user = set(access->user) ? xstrdup(access->user) : NULL;
    free(c->token_header);
    c->token_header = token ? xasprintf("X-Consul-Token: %s", token) : NULL;
}

struct http_request *
consul_client_start(struct consul_client *c, const char *method, const char *path, const char *body,
                    double timeout, void (*on_done)(void *arg, const struct http_answer *answer),
                    void *arg)
{
    const char *headers[] = {c->token_header ? c->token_header : c->namespace_header,
                             c->token_header ? c->namespace_header : NULL, NULL};
    CLEAN(free_str)
    char *url = c->datacenter ? xasprintf("%s%s%cdc=%s", c->server.base, path,
                                          strchr(path, '?') ? '&' : '?', c->datacenter)
                              : xasprintf("%s%s", c->server.base, path);

    return http_start(c->http, &(struct http_call){.method = method,
                                                   .url = url,
                                                   .unix_socket = c->server.unix_socket,
                                                   .tls = &c->server.tls,
                                                   .user = c->user,
                                                   .headers = headers,
                                                   .body = body,
                                                   .body_len = body ? strlen(body) : 0,
                                                   .want_header = "X-Consul-Index",
                                                   .max_body = ANSWER_MAX,
                                                   .timeout = timeout,
                                                   .on_done = on_done,
                                                   .arg = arg});
}

static int check_header(const char *value, const char *what, struct err **err)
{
    for (const char *p = value ? value : ""; *p; p++)
        if (*p <= 0x20 || *p >= 0x7f)
            return err_set(err, "the Consul %s has characters that no %s has", what, what);
    return 0;
}

/* NULL for what is empty. */
static const char *set(const char *s)
{
    return s && *s ? s : NULL;
}

static char *escaped(const char *s)
{
    struct sbuf b = SBUF_INIT;

    url_add_escaped(&b, s);
    return sbuf_take(&b);
}
