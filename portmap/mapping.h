/* One host port that leads to one container port: the value that the kernel's map holds.
 *
 * Pure: no socket, no clock. Arrays of mappings are sorted by mapping_cmp_key(). */
#ifndef PORTMAP_MAPPING_H
#define PORTMAP_MAPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/endpoint.h"
#include "lib/ipaddr.h"

struct mapping {
    uint8_t protocol;             /* IPPROTO_TCP or IPPROTO_UDP; with host_port the key */
    uint16_t host_port;           /* host byte order */
    struct ipaddr container_addr; /* IPv4 */
    uint16_t container_port;
    char container_id[CONTAINER_ID_LEN + 1]; /* whose it is; "" where the kernel does not say */
};

/* By protocol, then host port: unique in the kernel's map. */
int mapping_cmp_key(const void *a, const void *b);

/* Same target and same owner? For mappings of one key. */
int mapping_equal(const void *a, const void *b);

/* By container id, container port, protocol: the lease that a container holds. */
int mapping_cmp_lease(const struct mapping *a, const struct mapping *b);

#endif
