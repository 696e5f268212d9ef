/* The mappings that the kernel has, as far as we know: what portmap tells the world.
 *
 * Pure. Set after each good pass. Others rely on them, so they are leases, too, when somebody has
 * wiped the kernel's map meanwhile. */
#ifndef PORTMAP_COMMITTED_H
#define PORTMAP_COMMITTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "portmap/mapping.h"

struct committed {
    struct mapping *v; /* sorted by key; owned */
    size_t n;
    const struct mapping **by_lease; /* its members in lease order; owned */
};

void committed_done(struct committed *c);

/* Takes over '*v', which is sorted by key, unless it says what is known already. Returns whether
 * anything changed. */
bool committed_set(struct committed *c, struct mapping **v, size_t n);

/* The mapping of that container port, or NULL. */
const struct mapping *committed_find(const struct committed *c, const char *container_id,
                                     uint8_t protocol, uint16_t container_port);

/* Every lease there is: first the committed ones in lease order, then those of the 'n' in the
 * kernel, sorted by key, that have a key of their own. The caller frees the result. */
struct mapping *committed_merge(const struct committed *c, const struct mapping *kernel, size_t n,
                                size_t *ret_n);

#endif
