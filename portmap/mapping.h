/* One host port that leads to one container port: a lease, held by one or two elements.
 *
 * Pure: no socket, no clock. Arrays of mappings are sorted by mapping_cmp_key(). A mapping is one
 * lease whatever its families: a container with both kinds of address has the same host port in
 * the kernel's tables `ip berth` and `ip6 berth`, one with a single kind is in one of them. */
#ifndef PORTMAP_MAPPING_H
#define PORTMAP_MAPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/endpoint.h"
#include "lib/ipaddr.h"

struct mapping {
    uint8_t protocol;   /* IPPROTO_TCP, _UDP or _SCTP; with the next two the key */
    uint16_t host_port; /* host byte order */
    /* 0.0.0.0, or no address: every address of the host, of both families. Else that one, and the
     * container's address of the other family is none. */
    struct ipaddr host_addr;
    struct ipaddr container_addr;  /* IPv4, or none */
    struct ipaddr container_addr6; /* IPv6, or none; one of the two is there */
    uint16_t container_port;
    char container_id[CONTAINER_ID_LEN + 1]; /* whose it is; "" where the kernel does not say */
    uint32_t trace; /* of its run, see lib/trace.h; 0: unknown, as the kernel does not say */
};

/* By protocol, host port, host address (every address first): unique in the kernel's maps. */
int mapping_cmp_key(const void *a, const void *b);

/* Same targets and same owner? For mappings of one key. */
int mapping_equal(const void *a, const void *b);

/* By container id, container port, protocol: the lease that a container holds. */
int mapping_cmp_lease(const struct mapping *a, const struct mapping *b);

/* Is it for every address of the host? */
bool mapping_is_everywhere(const struct mapping *m);

/* Can only one of the two be there? So it is for one port at the same address, or at every one. */
bool mapping_excludes(const struct mapping *a, const struct mapping *b);

/* Where the element in the table of 'family', AF_INET or AF_INET6, leads: the container's address.
 * One of no family where the table has no element for 'm'. */
const struct ipaddr *mapping_target(const struct mapping *m, uint8_t family);

/* The mapping for what is sent to 'port' at 'addr', among the 'n' at 'v', sorted by key; NULL where
 * there is none. One for that address alone comes before one for every address, as in the kernel.
 */
const struct mapping *mapping_lookup(const struct mapping *v, size_t n, uint8_t protocol,
                                     uint16_t port, const struct ipaddr *addr);

/* Sorts the 'n' mappings at 'v' by key. */
void mappings_sort(struct mapping *v, size_t n);

/* Takes the IPv6 targets from the '*n' mappings at 'v', and those mappings away that have no other;
 * '*n' becomes how many are left. Returns how many mappings had one. */
size_t mappings_without_ipv6(struct mapping *v, size_t *n);

#endif
