/* The leases that the kernel's tables `ip berth` and `ip6 berth` hold together.
 *
 * Pure. Each table has one element per mapping and family, so what was committed half, or damaged
 * in one table, still is a lease: the container keeps its host port, and the next transaction adds
 * the element that is missing. */
#ifndef PORTMAP_LEASE_H
#define PORTMAP_LEASE_H

#include <stddef.h>

#include "portmap/element.h"
#include "portmap/mapping.h"

/* Adds to 'v', which has '*n' members and room for 'l->n' more, a mapping for each element of 'l'
 * that is one of ours by its shape. */
void lease_read(const struct elements *l, struct mapping *v, size_t *n);

/* Sorts the 'n' mappings at 'v' by key and joins the two of one key, one of each family. Returns
 * how many there are then. Where they disagree about owner or container port, the IPv4 one is the
 * lease, unless nobody owns it. */
size_t lease_join(struct mapping *v, size_t n);

#endif
