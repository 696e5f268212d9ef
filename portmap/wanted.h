/* The elements that our two tables are to have, worked out from the wanted mappings.
 *
 * Only the interfaces of this host are asked for: behind which of them is each container? */
#ifndef PORTMAP_WANTED_H
#define PORTMAP_WANTED_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"
#include "lib/problem.h"
#include "portmap/bridge.h"
#include "portmap/mapping.h"
#include "portmap/quarantine.h"
#include "portmap/ruleset.h"

struct wanted {
    struct elements sets[2][RULESET_SETS]; /* of `ip berth` and `ip6 berth`; sorted */
    struct bridges behind[2]; /* where the mapped containers are, by IPv4 and by IPv6 */
};

/* The elements for the 'n' mappings, sorted by key. A container behind no known interface becomes a
 * problem. Error code EINTR: interfaces changed meanwhile, ask again. */
struct wanted *wanted_new(const struct mapping *v, size_t n, struct problems *problems,
                          struct err **err);

void wanted_free(struct wanted *w);

/* Keeps those of 'interfaces' guarded that exist: their route_localnet stays on, and may have been
 * switched on by others, too. */
void wanted_keep_guards(struct wanted *w, const struct elements *interfaces);

/* Adds the ports that rest. 'there' is what the kernel has of them, 'now' their clock's time. */
void wanted_add_rests(struct wanted *w, const struct quarantine *resting,
                      const struct elements *there, double now);

/* Is anything wanted of `ip6 berth`? */
bool wanted_has_ipv6(const struct wanted *w);

#endif
