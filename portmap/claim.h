/* A container port that is to have a host port: what portmap keeps of an endpoint.
 *
 * Pure. Claims copy what they need, so that the endpoints may go. They are sorted as the endpoints
 * are, by container id, container port, protocol, which is also the order of leases. */
#ifndef PORTMAP_CLAIM_H
#define PORTMAP_CLAIM_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/endpoint.h"
#include "portmap/mapping.h"

struct claim {
    struct mapping target; /* where the host port leads, and from which address; host_port is 0 */
    char *container_name;  /* for messages; owned */
    uint16_t host_port;    /* the one it asks for, and no other; 0: any of the pool */
    char *refusal;         /* what it asks for makes no sense: why; NULL: it does. Owned */
};

struct claims {
    struct claim *v;
    size_t n;
    size_t cap;
};

void claims_done(struct claims *c);

/* Replaces 'c' by one claim for each REACH_ASSIGNED endpoint of 'v', which is sorted by
 * endpoint_cmp(). Of several endpoints for one container port the first counts. */
void claims_from_endpoints(struct claims *c, const struct endpoint *v, size_t n);

/* Do both ask for the same? */
bool claims_equal(const struct claims *a, const struct claims *b);

/* Is a container port in both whose container has another name now? */
bool claims_renamed(const struct claims *now, const struct claims *before);

/* The claim that asked for 'm', or NULL. */
const struct claim *claims_find(const struct claims *c, const struct mapping *m);

/* Is 'm' what one of the claims asked for? */
bool claims_cover(const struct claims *c, const struct mapping *m);

/* Can this room serve 'c'? Where not, '*ret_why' says why, as the end of a sentence; the caller
 * frees it. */
bool claim_check(const struct claim *c, char **ret_why);

#endif
