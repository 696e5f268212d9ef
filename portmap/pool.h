/* The pool of host ports beside the other ports of this host: it leaves others theirs, and others
 * leave it its own. */
#ifndef PORTMAP_POOL_H
#define PORTMAP_POOL_H

#include <stdbool.h>

#include "lib/err.h"
#include "lib/portset.h"
#include "portmap/undo.h"

/* Refuses a pool that meets the ports from which this host's outgoing connections come
 * (net.ipv4.ip_local_port_range), or those of a Mesos agent that runs here. The error names both
 * ranges and what to do. What cannot be read refuses nothing. */
int pool_check(const struct portset *pool, struct err **err);

/* Keeps the kernel from giving ports of the pool to programs that ask for any port: adds them to
 * net.ipv4.ip_local_reserved_ports, in which nothing is overwritten. What is not there yet is
 * recorded in 'undo' before. */
int pool_reserve(const struct portset *pool, struct undo *undo, struct err **err);

/* Takes 'ports' out of net.ipv4.ip_local_reserved_ports; with 'dry_run' only looks. '*ret' are
 * those that were in it. */
int pool_release(const struct portset *ports, bool dry_run, struct portset *ret, struct err **err);

#endif
