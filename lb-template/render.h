/* What a configuration needs to be told beside the routes, and what follows from their number.
 * Pure.
 */
#ifndef LB_TEMPLATE_RENDER_H
#define LB_TEMPLATE_RENDER_H

#include <stdint.h>

#include "lb-template/route.h"

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
    unsigned check_inter;     /* seconds between two health checks of a server */
};

/* Names below 'dir'. */
#define RENDER_MAP "hosts.map"
#define RENDER_SOCKET "haproxy.sock"

#define RENDER_CHECK_INTER 2u /* seconds, where servers are few */
#define RENDER_CHECK_DOWN_MAX                                                                      \
    5u                          /* seconds between two checks of a server that is down, at most    \
                                 */
#define RENDER_CHECKS_MAX 1000u /* health checks a second, of servers that are well */

/* Connections that fit a limit of 'nofile' file descriptors. Each takes two; a quarter of them is
 * left for others, and more where that is not enough for the routes' listeners and health checks.
 * The result changes with the routes in a few large steps only: each is a reload. */
unsigned render_maxconn(uint64_t nofile, const struct routes *routes);

/* Seconds between two health checks of one of 'n_servers', where it was 'before' (0: never yet).
 * It doubles as soon as there would be more than RENDER_CHECKS_MAX a second, and halves when there
 * would be less than half of that still: each step is a reload, and a number that goes up and down
 * a little must not cause one after the other. */
unsigned render_check_inter(unsigned before, size_t n_servers);

/* Servers of all routes. */
size_t render_count_servers(const struct routes *routes);

#endif
