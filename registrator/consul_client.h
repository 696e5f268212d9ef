/* One Consul agent's HTTP interface: address, TLS, token, datacenter, limits. */
#ifndef REGISTRATOR_CONSUL_CLIENT_H
#define REGISTRATOR_CONSUL_CLIENT_H

#include <ev.h>

#include "lib/err.h"
#include "lib/http.h"
#include "lib/http_server.h"

/* Where Consul is and how it is spoken to. Members may be NULL, but for 'url'. */
struct consul_access {
    const char *url;            /* "http://127.0.0.1:8500", no path */
    const char *token;          /* ACL token; NULL or "": none */
    const char *user;           /* "name:password" for a proxy before it; NULL or "": none */
    const char *unix_socket;    /* connect here instead */
    const struct http_tls *tls; /* for https:// */
    const char *datacenter;     /* whose catalog and keys; NULL or "": the agent's */
    const char *name_space;     /* of Consul Enterprise; NULL or "": the default one */
};

struct consul_client {
    struct ev_loop *loop;
    struct http *http; /* borrowed */
    struct http_server server;
    char *user;             /* "name:password", never shown; NULL: none */
    char *token_header;     /* "X-Consul-Token: ...", never shown; NULL: no token */
    char *namespace_header; /* NULL: none */
    char *datacenter;       /* percent-encoded; NULL: the agent's */
};

/* Fails on a 'url' that is no http://host:port or https://host:port, and on what cannot stand in a
 * header. Everything is copied. */
int consul_client_init(struct consul_client *c, struct ev_loop *loop, struct http *http,
                       const struct consul_access *access, struct err **err);
void consul_client_done(struct consul_client *c);

/* Can what 'access' shows of us stand in a header? */
int consul_access_check(const struct consul_access *access, struct err **err);

/* Token, user and TLS of requests from now on; those under way end as they began, and connections
 * stay where TLS does. Address, datacenter and namespace are not looked at. 'access' must be good
 * by consul_access_check(); it is copied. */
void consul_client_set_access(struct consul_client *c, const struct consul_access *access);

/* Starts '<method> <url><path>' as http_start() does; 'method' NULL: GET. 'path' begins with '/'.
 * 'body' may be NULL, 'timeout' is in seconds. The answer's header is X-Consul-Index. */
struct http_request *
consul_client_start(struct consul_client *c, const char *method, const char *path, const char *body,
                    double timeout, void (*on_done)(void *arg, const struct http_answer *answer),
                    void *arg);

#endif
