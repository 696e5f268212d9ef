/* Catalog -> routes, a service at a time: what has not changed is not looked at again.
 *
 * It remembers each service's stamp and what came of it. A changed service is read anew; who of
 * several has a host name or a port is settled anew only where somebody asks for others than
 * before. A service that has just gone keeps its place, empty, for LINGER_SECONDS: when its last
 * instance restarts, two reloads are saved. Pure, but for the question whether a port can be
 * opened, which the caller answers. */
#ifndef LB_TEMPLATE_ROUTING_H
#define LB_TEMPLATE_ROUTING_H

#include "lb-template/rendering.h"
#include "lb-template/route.h"
#include "lb-template/select.h"
#include "lb-template/wish.h"
#include "registrator/catalog.h"

#define LINGER_SECONDS 10.0

struct routing_service {
    char *name;
    uint64_t seen;    /* its stamp in the catalog */
    double until;     /* it has gone, and keeps its place until then; 0: it has not */
    bool routed;      /* 'route' is one of the routes */
    struct wish wish; /* the last one */
    uint16_t *ports;  /* of 'wish', those that no other service has */
    size_t n_ports;
    struct route route;
    struct problems problems; /* of its instances */
};

struct routing {
    struct routing_service **v; /* sorted by name */
    size_t n;
    struct routing_service **order; /* those with a route, sorted by backend */
    struct routes routes;           /* the same; what it points to is the services' */
    uint64_t stamp; /* another one when a route comes or goes, or its host names or ports change */
    uint64_t content;         /* another one when anything of any route changes */
    struct problems problems; /* between services */
    bool renamed;             /* some backend had to get another name than its service's own */
};

struct routing_rules {
    const struct route_rules *ports;
    const struct select *select;
};

/* Brings the routes in step with 'catalog'. Returns when the next service that has gone loses its
 * place, 0: none is waiting. */
double routing_update(struct routing *r, const struct routing_rules *rules,
                      const struct catalog *catalog, const struct renderer_input *in);

/* Other rules from now on: the next update reads every service again. */
void routing_forget(struct routing *r);

void routing_done(struct routing *r);

#endif
