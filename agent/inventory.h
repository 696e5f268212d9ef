/* The containers of this host, as far as they are known, and what else is known of them.
 *
 * Values only: who asks Docker and when is agent/docker.c's business. Entries are sorted by
 * container id. */
#ifndef AGENT_INVENTORY_H
#define AGENT_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/container.h"
#include "lib/endpoint.h"
#include "lib/problem.h"
#include "lib/strv.h"

/* Docker's networks: what stands behind a name. */
struct docker_network {
    char *id;
    char *driver; /* "bridge", "macvlan", "overlay" ... */
};

struct inventory_entry {
    char id[CONTAINER_ID_LEN + 1];
    struct container *container; /* NULL: not inspected yet, not running, or quarantined */
    char *quarantine;            /* why its document cannot be used, or NULL */
    uint64_t digest;             /* of the document it was read from; 0: of none */
    double stop_asked;           /* Docker's time of the last signal that ends it; 0: none */
    double told;                 /* Docker's time of the last event about it; 0: none */
    double died;                 /* the same of the last end of its first process; 0: none */
    bool dirty;                  /* must be inspected */
    bool in_flight;              /* is being inspected */
    bool listed;                 /* was in the list that is being swept */
    bool failed;                 /* has ended with a failure, and is still there to look at */
};

struct inventory {
    struct inventory_entry *v;
    size_t n;
    size_t cap;
    struct docker_network *networks;
    size_t n_networks;
    bool complete;     /* everything that runs has been listed and inspected once */
    unsigned listings; /* how often everything was listed */
};

void inventory_done(struct inventory *inv);

/* The entry of 'id', or NULL. Valid until one is added or removed. */
struct inventory_entry *inventory_find(const struct inventory *inv, const char *id);

/* The entry of 'id', added where it is missing. */
struct inventory_entry *inventory_touch(struct inventory *inv, const char *id);

/* Forgets the entry of 'id' and frees its container. */
void inventory_remove(struct inventory *inv, const char *id);

/* Documents are read anew when they come next, though they be as before. */
void inventory_forget(struct inventory *inv);

/* The running container whose id or name is 'ref', or NULL. */
const struct container *inventory_lookup(const struct inventory *inv, const char *ref);

/* Appends the names of the running containers to 'ret'. */
void inventory_names(const struct inventory *inv, struct strv *ret);

/* Is the container being stopped? True from the signal until it has ended, started again, or
 * 'drain_max' seconds have passed; 'now' is seconds since the epoch. */
bool inventory_entry_draining(const struct inventory_entry *e, double now, double drain_max);

/* The driver of network 'id', or NULL. */
const char *inventory_driver(const struct inventory *inv, const char *id);

/* Takes over 'v', an array of 'n' networks. */
void inventory_set_networks(struct inventory *inv, struct docker_network *v, size_t n);

#endif
