/* Host ports for containers that published none, in the kernel (nftables, tables `ip berth` and
 * `ip6 berth`).
 *
 * agent/agent.c tells this room which endpoints there are; the room assigns a host port from its
 * pool to each REACH_ASSIGNED one, holds the port by a bound socket, and keeps the kernel's map in
 * step. The map is the only memory: a restarted agent reads its leases back from it. Nothing but
 * those tables and one marked rule in DOCKER-USER is ever touched. Published ports and host
 * ports are none of its business.
 *
 * Public functions are called from the loop's thread; results stay valid until the loop runs. */
#ifndef PORTMAP_PORTMAP_H
#define PORTMAP_PORTMAP_H

#include <ev.h>

#include "lib/endpoint.h"
#include "lib/err.h"
#include "lib/passed.h"
#include "lib/portset.h"
#include "lib/problem.h"
#include "lib/sync.h"
#include "portmap/mapping.h"
#include "portmap/quarantine.h"

struct portmap;

struct portmap_config {
    struct portset pool;        /* host ports that may be assigned */
    unsigned mark;              /* the one bit set in packet and conntrack marks of our flows */
    double quarantine;          /* seconds that a freed port rests before others get it; 0: none */
    const char *ports_file;     /* remembers the ports of container names; NULL: none. Copied */
    const char *undo_file;      /* remembers what is changed beside the table; NULL: none. Copied */
    double resync;              /* seconds between looks at the kernel that nobody asked for */
    struct passed_list *passed; /* by the service manager: held ports are taken from it, in
                                   portmap_new(); NULL: nothing */
};

/* 'on_change' is called, from the loop, after each pass that changed what portmap_find() answers or
 * the list of problems. Fails where 'config' makes no sense. The kernel is not asked before the
 * first portmap_want(). */
struct portmap *portmap_new(struct ev_loop *loop, const struct portmap_config *config,
                            void (*on_change)(void *arg), void *arg, struct err **err);

/* Another pool, quarantine and resync from now on; the rest of 'config' is not looked at. A lease
 * outside of the new pool stays as long as its container, and gets no successor there. */
void portmap_set_config(struct portmap *p, const struct portmap_config *config);

/* Frees everything and leaves the kernel as it is: the node goes on serving. */
void portmap_free(struct portmap *p);

/* What is wanted from now on: a host port for each REACH_ASSIGNED endpoint of 'v' (the others are
 * skipped), at its host address where that is one. 'v' is sorted by endpoint_cmp() and copied. A
 * mapping in the kernel without an endpoint goes, unless 'in_use' says that its instance is still
 * registered somewhere; 'in_use' is asked in the pass, with 'arg' from portmap_new(). */
void portmap_want(struct portmap *p, const struct endpoint *v, size_t n,
                  bool (*in_use)(void *arg, const struct mapping *m));

/* What 'in_use' answers may have changed: a pass looks where that decides about a mapping. */
void portmap_released(struct portmap *p);

/* Looks at the kernel now, as every 'resync' seconds. */
void portmap_resync(struct portmap *p);

/* The committed mapping of that container port, or NULL while there is none. */
const struct mapping *portmap_find(const struct portmap *p, const char *container_id,
                                   uint8_t protocol, uint16_t container_port);

/* Why that container port has no host port, as the end of a sentence; NULL where it has one, or
 * where the reason is only that the pass has yet to come. */
const char *portmap_why(const struct portmap *p, const char *container_id, uint8_t protocol,
                        uint16_t container_port);

/* Every committed mapping, sorted by key. */
const struct mapping *portmap_list(const struct portmap *p, size_t *ret_n);

/* Ports that were freed a moment ago, and rest. */
const struct quarantine *portmap_quarantine(const struct portmap *p);

/* Has the kernel refused berth since it started, for a reason that a person has to mend? Then there
 * are no mappings, and will not be soon. */
bool portmap_is_refused(const struct portmap *p);

const struct problems *portmap_problems(const struct portmap *p);
const struct sync *portmap_sync(const struct portmap *p);

#endif
