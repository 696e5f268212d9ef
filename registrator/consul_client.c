#include "registrator/consul_client.h"

#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "registrator/url.h"

#define ANSWER_MAX (64 * 1024 * 1024) /* bytes: some 60,000 instances of one service */

int consul_client_init(struct consul_client *c, struct ev_loop *loop, struct http *http,
                       const char *url, const char *token, struct err **err)
{
    if (!url_is_base(url))
        return err_set(err, "'%s' is no Consul address; use http://host:port or https://host:port",
                       url);
    for (const char *p = token; *p; p++)
        if (*p <= 0x20 || *p >= 0x7f)
            return err_set(err, "the Consul token has characters that no token has");
    c->loop = loop;
    c->http = http;
    c->url = xstrdup(url);
    c->token_header = *token ? xasprintf("X-Consul-Token: %s", token) : NULL;
    return 0;
}

void consul_client_done(struct consul_client *c)
{
    free(c->url);
    free(c->token_header);
}

struct http_request *
consul_client_start(struct consul_client *c, const char *method, const char *path, const char *body,
                    double timeout, void (*on_done)(void *arg, const struct http_answer *answer),
                    void *arg)
{
    const char *const headers[] = {c->token_header, NULL};
    CLEAN(free_str) char *url = xasprintf("%s%s", c->url, path);

    return http_start(c->http, &(struct http_call){.method = method,
                                                   .url = url,
                                                   .headers = headers,
                                                   .body = body,
                                                   .body_len = body ? strlen(body) : 0,
                                                   .want_header = "X-Consul-Index",
                                                   .max_body = ANSWER_MAX,
                                                   .timeout = timeout,
                                                   .on_done = on_done,
                                                   .arg = arg});
}
