/* What the load balancer should do with the catalog: one route per service that asks for it.
 *
 * A service asks by META_VHOST or META_SERVICE_PORT in any of its instances. What the catalog says
 * is checked here once more, so that everything in a route can be written to haproxy.cfg as it is.
 * Pure; a route owns copies and needs the catalog no longer. */
#ifndef LB_TEMPLATE_ROUTE_H
#define LB_TEMPLATE_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/ipaddr.h"
#include "lib/portset.h"
#include "lib/problem.h"
#include "lib/strv.h"
#include "registrator/instance.h"

#define ROUTES_MAX 10000       /* services */
#define ROUTE_SERVERS_MAX 5000 /* of one service */
#define ROUTE_VHOSTS_MAX 256   /* of one service */
#define ROUTE_PORTS_MAX 32     /* of one service */
#define ROUTE_WEIGHT 100       /* of a server that takes traffic, where no instance has weights */
#define ROUTE_WEIGHT_MAX 256   /* HAProxy's; of the heaviest server, where they have */

struct route_server {
    char *name;        /* in HAProxy, unique in its backend */
    char *instance_id; /* in the catalog */
    struct ipaddr address;
    uint16_t port;
    unsigned id;     /* HAProxy's numeric id, unique in its backend, stable for a name */
    unsigned weight; /* share of the traffic; 0 while the instance drains */
};

struct route {
    char *backend;           /* name in HAProxy, unique */
    char *service;           /* name in the catalog */
    bool http;               /* else TCP */
    struct strv vhosts;      /* lower case, sorted */
    uint16_t *service_ports; /* sorted */
    size_t n_service_ports;
    struct route_server *servers; /* sorted by name */
    size_t n_servers;
};

/* Sorted by backend name. No two have a virtual host or a service port in common. */
struct routes {
    struct route *v;
    size_t n;
    size_t cap;
};

/* Ports that no service may have. */
struct route_rules {
    unsigned http_port;  /* 0: no HTTP frontend */
    unsigned https_port; /* 0: none */
    unsigned stats_port; /* 0: none */
    struct portset pool; /* of portmap; empty: none */
};

/* Makes the routes of 'catalog', which is sorted by instance_cmp(). '*ret' is empty. Where two
 * services claim one port or host name, the lower service name has it. What was odd goes to
 * 'problems'. */
void routes_from_catalog(const struct route_rules *rules, const struct instances *catalog,
                         struct routes *ret, struct problems *problems);

/* The route with that backend name, or NULL. */
const struct route *routes_find(const struct routes *l, const char *backend);

void routes_sort(struct routes *l);
void routes_done(struct routes *l);

/* Appends a copy of 'r' without its servers. */
void routes_add_empty(struct routes *l, const struct route *r);

bool route_has_port(const struct route *r, uint16_t port);
void route_drop_port(struct route *r, uint16_t port);
void route_drop_vhost(struct route *r, const char *vhost);

#endif
