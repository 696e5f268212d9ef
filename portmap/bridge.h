/* The interfaces behind which the mapped containers live.
 *
 * An interface is found by its IPv4 networks: the one whose network contains a container's address.
 * Usually that is a Linux bridge of Docker's, hence the name. Finding is pure; bridges_scan() and
 * bridge_allow_loopback() touch the kernel. */
#ifndef PORTMAP_BRIDGE_H
#define PORTMAP_BRIDGE_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/ipaddr.h"
#include "lib/problem.h"
#include "portmap/mapping.h"

/* One IPv4 network of one interface. */
struct bridge {
    char name[IFNAMSIZ];  /* bytes after the NUL are zero */
    uint32_t first, last; /* addresses of the network, host byte order */
};

struct bridges {
    struct bridge *v;
    size_t n;
    size_t cap;
};

void bridges_done(struct bridges *l);
void bridges_add(struct bridges *l, const char *name, uint32_t addr, uint32_t netmask);

/* Fills 'l' (empty) with the networks of every interface but the loopback. */
int bridges_scan(struct bridges *l, struct err **err);

/* The smallest network of 'l' that contains 'addr', or NULL. */
const struct bridge *bridges_find(const struct bridges *l, const struct ipaddr *addr);

bool bridges_have_name(const struct bridges *l, const char *name);

/* Fills 'ret' (empty) with the networks of 'l' that contain the container of one of the 'n'
 * mappings, sorted, without doubles and without networks inside another one of the same
 * interface. A container outside of all networks becomes a problem. */
void bridges_of_mappings(const struct bridges *l, const struct mapping *v, size_t n,
                         struct bridges *ret, struct problems *problems);

/* Lets connections to 127.0.0.1 leave by the interface 'name' (its sysctl route_localnet). The
 * guard rules must be in place: without them the network behind it reaches programs that listen on
 * 127.0.0.1 only. */
int bridge_allow_loopback(const char *name, struct err **err);

#endif
