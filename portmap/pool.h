/* The pool of host ports beside the other ports of this host: it leaves others theirs, and others
 * leave it its own. */
#ifndef PORTMAP_POOL_H
#define PORTMAP_POOL_H

#include "lib/err.h"
#include "lib/portset.h"

/* Refuses a pool that meets the ports from which this host's outgoing connections come
 * (net.ipv4.ip_local_port_range), or those of a Mesos agent that runs here. The error names both
 * ranges and what to do. What cannot be read refuses nothing. */
int pool_check(const struct portset *pool, struct err **err);

/* Keeps the kernel from giving ports of the pool to programs that ask for any port: adds them to
 * net.ipv4.ip_local_reserved_ports, in which nothing is overwritten. */
int pool_reserve(const struct portset *pool, struct err **err);

#endif
