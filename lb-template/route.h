/* What the load balancer should do with one service that asks for it.
 *
 * A service asks by META_VHOST or META_SERVICE_PORT in any of its instances. What the catalog says
 * is checked here once more, so that everything in a route but its service's name and its servers'
 * instances can be written to haproxy.cfg as it is. Which services have a route, and who of two has
 * what both want: routing.h. Pure; a route owns copies and needs the catalog no longer. */
#ifndef LB_TEMPLATE_ROUTE_H
#define LB_TEMPLATE_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lb-template/tuning.h"
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
    char *node;        /* the node that registered it */
    struct ipaddr address;
    uint16_t port;
    uint8_t send_proxy; /* version of the PROXY protocol that the server expects; 0: none */
    unsigned id;        /* HAProxy's numeric id, unique in its backend, stable for a name */
    unsigned weight;    /* share of the traffic; 0 while the instance drains */
    uint32_t trace;     /* of the run behind it, see lib/trace.h; 0: unknown */
};

struct made;
struct wish;

struct route {
    char *backend;           /* name in HAProxy, unique */
    char *service;           /* name in the catalog, whatever it says */
    bool http;               /* else TCP */
    struct tuning tuning;    /* how it wants to be balanced */
    struct strv vhosts;      /* lower case, sorted */
    uint16_t *service_ports; /* sorted */
    size_t n_service_ports;
    struct route_server *servers; /* sorted by name; one block with their strings */
    size_t n_servers;
    uint64_t stamp;    /* another one after each change, of the stamps of rendering.h */
    struct made *made; /* remembers what templates made of it, see pieces.h; owned */
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

/* Makes the route of the 'n' instances 'v' of one service, at least one, into '*ret': how it wants
 * to be balanced is copied from 'w', host names and ports are left to the caller. What was odd goes
 * to 'problems'. */
void route_make(const struct instance *v, size_t n, const struct wish *w, struct route *ret,
                struct problems *problems);

/* What the backend of 'service' is called, unless another one's has that name. The caller frees it.
 */
char *route_backend_name(const char *service);

/* The server with that name, or NULL. */
const struct route_server *route_find_server(const struct route *r, const char *name);

void route_done(struct route *r);

/* Takes the servers off the route. */
void route_clear_servers(struct route *r);

/* Do both write the same, but for what they are called and what is claimed: backend, host names and
 * ports? */
bool route_same_kind(const struct route *a, const struct route *b);

/* The route with that backend name, or NULL. */
const struct route *routes_find(const struct routes *l, const char *backend);

#endif
