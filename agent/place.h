/* Where a container's packets go: the container itself, or the one whose network it shares, and
 * which of its networks. Pure. */
#ifndef AGENT_PLACE_H
#define AGENT_PLACE_H

#include "agent/inventory.h"
#include "agent/reach.h"
#include "lib/endpoint.h"
#include "lib/problem.h"
#include "lib/strv.h"

#define NETWORK_LABEL "berth.network" /* names the network whose address is used */
#define REACH_LABEL "berth.reach"     /* how its ports are reached, whatever the network */

struct place {
    const struct container *net;             /* NULL: the other container is not running */
    const struct container_network *network; /* of 'net'; NULL: none */
    enum endpoint_reach reach;               /* for ports that are not published */
    const char *why;                         /* for REACH_NONE */
};

/* The place of 'c'. Of several networks with an address, the one that the label says, then the
 * first that has a section, then one that leads somewhere (a bridge first), then by name. Labels
 * are those of the container that has the networks. One that cannot be followed is left out and
 * told to 'problems', which may be NULL. What the result borrows belongs to 'inv', or to 'texts',
 * which grows. */
struct place place_find(const struct inventory *inv, const struct reach_rules *rules,
                        const struct container *c, struct strv *texts, struct problems *problems);

#endif
