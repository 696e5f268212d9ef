/* One Consul agent's HTTP interface: address, token, limits. */
#ifndef REGISTRATOR_CONSUL_CLIENT_H
#define REGISTRATOR_CONSUL_CLIENT_H

#include <ev.h>

#include "lib/err.h"
#include "lib/http.h"

struct consul_client {
    struct ev_loop *loop;
    struct http *http;  /* borrowed */
    char *url;          /* without a slash at the end */
    char *token_header; /* "X-Consul-Token: ...", never shown; NULL: no token */
};

/* Fails on a 'url' that is no http://host:port or https://host:port, and on a 'token' that cannot
 * stand in a header. Both are copied; 'token' may be empty. */
int consul_client_init(struct consul_client *c, struct ev_loop *loop, struct http *http,
                       const char *url, const char *token, struct err **err);
void consul_client_done(struct consul_client *c);

/* Starts '<method> <url><path>' as http_start() does; 'method' NULL: GET. 'path' begins with '/'.
 * 'body' is JSON or NULL, 'timeout' in seconds. The answer's header is X-Consul-Index. */
struct http_request *
consul_client_start(struct consul_client *c, const char *method, const char *path, const char *body,
                    double timeout, void (*on_done)(void *arg, const struct http_answer *answer),
                    void *arg);

#endif
