/* The interfaces behind which the mapped containers live.
 *
 * An interface is found by its networks: the one whose network contains a container's address.
 * Usually that is a Linux bridge of Docker's, hence the name. Pure: netdev.h asks the kernel. */
#ifndef PORTMAP_BRIDGE_H
#define PORTMAP_BRIDGE_H

#include <net/if.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/ipaddr.h"
#include "lib/problem.h"
#include "portmap/mapping.h"

/* One network of one interface. */
struct bridge {
    char name[IFNAMSIZ];       /* bytes after the NUL are zero */
    struct ipaddr first, last; /* addresses of the network, of one family */
};

struct bridges {
    struct bridge *v;
    size_t n;
    size_t cap;
};

void bridges_done(struct bridges *l);

/* Adds the network of 'addr', whose first 'prefix' bits, at most all, are the network's. */
void bridges_add(struct bridges *l, const char *name, const struct ipaddr *addr, unsigned prefix);

/* The smallest network of 'l' that contains 'addr', or NULL. */
const struct bridge *bridges_find(const struct bridges *l, const struct ipaddr *addr);

/* Fills 'ret' (empty) with the networks of 'l' that contain the target of 'family' of one of the
 * 'n' mappings, sorted, without doubles and without networks inside another one of the same
 * interface. A target outside of all networks becomes a problem. */
void bridges_of_mappings(const struct bridges *l, const struct mapping *v, size_t n, uint8_t family,
                         struct bridges *ret, struct problems *problems);

#endif
