/* The wiring: the only place that sees two rooms at once.
 *
 *     Docker -> inventory -> endpoints -> portmap      (host ports)
 *                                      -> registrator  (instances) -> registry
 *     registry's catalog -> lb -> HAProxy
 *
 * Every arrow is "this is what is wanted now"; each room brings its own part of the world in step
 * (lib/sync.h). The order of up and down is expressed as data: an endpoint is registered when its
 * mapping is committed, and a mapping stays while its instance is still registered. */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include <ev.h>

#include "agent/config.h"
#include "agent/derive.h"
#include "agent/docker.h"
#include "agent/latency.h"
#include "agent/marathon_node.h"
#include "agent/marathon_source.h"
#include "agent/selection.h"
#include "lb-template/lb.h"
#include "lib/log_ring.h"
#include "lib/passed.h"
#include "portmap/portmap.h"
#include "registrator/announcer.h"
#include "registrator/catalog.h"
#include "registrator/catalog_join.h"
#include "registrator/catalog_saver.h"
#include "registrator/registrator.h"
#include "registrator/vm.h"

struct agent {
    struct ev_loop *loop;
    const struct config *config;
    char *node;
    struct ipaddr address;  /* what others dial */
    struct ipaddr address6; /* the same over IPv6, or no address */
    double started;         /* ev time */

    struct config_reload *reload; /* borrowed; NULL: the configuration stays as it is */

    struct passed_list passed; /* by the service manager; whoever needs one takes it at start */
    struct latency *latency;   /* of the runs of containers */
    struct log_ring *changes;  /* the last facts of the log */
    int lock;                  /* says that an agent runs here; -1: not taken yet */
    struct http *http;
    struct docker *docker;
    struct portmap *portmap;    /* NULL: not enabled */
    struct ipaddr portmap_bind; /* host address of its ports; none: every address */
    struct registry *registry;
    struct registrator *registrator; /* NULL: not enabled */
    struct vm *vm;                   /* services.d; NULL: not enabled */
    struct dubbo *dubbo;             /* NULL: not enabled; agent/agent_dubbo.h */
    struct lb *lb;                   /* NULL: not enabled */
    struct lb_template *lb_template; /* asks Consul itself; NULL: the catalog is rendered */
    struct agent_dns *dns;           /* names in a DNS zone; NULL: none */
    struct announcer *announcer;     /* of the load balancer in Consul; NULL: no Consul */
    uint64_t announced;              /* lb_offer_stamp() of what it was told; 0: none */
    struct agent_admin *admin;       /* agent/agent_admin.h */
    struct admin *self;              /* answers containers; NULL: not enabled */

    struct marathon *marathon;              /* all apps, for the load balancer; NULL: none */
    struct marathon_node *marathon_node;    /* those of this node's tasks; NULL: none */
    struct marathon_source marathon_source; /* instances of 'marathon' */
    struct problems marathon_problems;      /* of the source, as last logged */
    ev_timer marathon_again;                /* the source changes without news */
    ev_timer marathon_grace;                /* what a file has waits for Marathon's answer */
    struct catalog_saver marathon_saver;    /* of what the source has, where there is 'marathon' */
    double marathon_seen;    /* seconds since the epoch: what the file has; 0: there is none */
    bool marathon_from_file; /* that serves, until Marathon has answered */

    struct problems problems;          /* labels that cannot be followed */
    struct problems announce_problems; /* of the load balancer's own entries */
    struct selection selection;        /* what of the endpoints is registered */
    struct strv notes;                 /* what registrator would say is ignored, as last logged */
    unsigned listings;                 /* of the inventory, as last logged */
    bool catalog_watched;              /* the load balancer has been given the registry */
    ev_timer derive;                   /* 0: as soon as the loop runs again; or when a drain ends */
    ev_timer notice;                   /* a room has reported, see agent/agent_want.h */

    const struct catalog *seen;    /* the registry's, as told last; NULL: not yet */
    const struct catalog *catalog; /* the local registry's, for vm.h's instances to join; NULL: it
                                      has not been read, or nothing is to join */
    struct catalog machines;       /* the same as a catalog */
    struct catalog_join join;      /* with them */
    bool catalog_told;             /* the log says how it is followed */
};

/* Opens the rooms that 'config' enables, and everything that can fail. 'config' is borrowed, until
 * agent_set_config() borrows another one.
 * Returns NULL and says why. */
struct agent *agent_new(struct ev_loop *loop, const struct config *config, struct err **err);

/* Connects to Docker: the agent begins to work once the loop runs. */
void agent_start(struct agent *a);

/* Frees everything. The node goes on serving: mappings, instances and HAProxy stay. */
void agent_free(struct agent *a);

/* Appends the endpoints of what runs now to 'ret', which is empty, with the host ports that the
 * kernel serves. They borrow from the inventory: valid until the loop runs again. */
void agent_endpoints(const struct agent *a, struct endpoints *ret);

/* Has everything been brought in step at least once? */
bool agent_is_ready(const struct agent *a);

#endif
