/* Routes -> the text of haproxy.cfg and of the host map.
 *
 * Equal input gives equal bytes. Every name comes from a route, which has made it harmless.
 * Our own proxies are berth_http, berth_https, berth_stats and berth_port_<port>. Pure. */
#ifndef LB_TEMPLATE_RENDER_H
#define LB_TEMPLATE_RENDER_H

#include <stdint.h>

#include "lb-template/route.h"
#include "lib/sbuf.h"

struct render_config {
    const char *dir;  /* of the sockets and the map; bytes that need no quoting */
    const char *bind; /* "*" or a numeric address */
    unsigned http_port;
    unsigned https_port;     /* 0: none */
    const char *certs;       /* directory; bytes that need no quoting */
    const char *certs_stamp; /* changes when a file in it does */
    unsigned stats_port;
    unsigned maxconn;
    uint64_t nofile;          /* 0: 'maxconn' as it is; else it follows from this and the routes */
    const char *user, *group; /* HAProxy's own, or NULL: it stays who it is */
};

/* Name of the map below 'dir'. */
#define RENDER_MAP "hosts.map"

/* Appends the text of haproxy.cfg: the common part, then each route. */
void render_cfg(const struct render_config *config, const struct routes *routes, struct sbuf *out);

/* Appends what all routes have in common: global, defaults, the HTTP frontends, statistics. */
void render_common(const struct render_config *config, struct sbuf *out);

/* Appends the frontends of the route's service ports, and its backend. */
void render_route(const struct render_config *config, const struct route *route, struct sbuf *out);

/* Appends the host map: "<host> <backend>" lines. */
void render_map(const struct routes *routes, struct sbuf *out);

/* Connections that fit a limit of 'nofile' file descriptors. Each takes two; a quarter of them is
 * left for others, and more where that is not enough for the routes' listeners and health checks.
 * The result changes with the routes in a few large steps only: each is a reload. */
unsigned render_maxconn(uint64_t nofile, const struct routes *routes);

#endif
