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
    const char *user, *group; /* HAProxy's own, or NULL: it stays who it is */
};

/* Name of the map below 'dir'. */
#define RENDER_MAP "hosts.map"

/* Appends the text of haproxy.cfg. */
void render_cfg(const struct render_config *config, const struct routes *routes, struct sbuf *out);

/* Appends the host map: "<host> <backend>" lines. */
void render_map(const struct routes *routes, struct sbuf *out);

/* Connections that fit a limit of 'nofile' file descriptors: each takes two, and a quarter is left
 * for listeners and health checks. */
unsigned render_maxconn(uint64_t nofile);

#endif
