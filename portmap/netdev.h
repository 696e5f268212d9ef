/* The interfaces of this host, as the kernel has them. */
#ifndef PORTMAP_NETDEV_H
#define PORTMAP_NETDEV_H

#include "lib/err.h"
#include "portmap/bridge.h"
#include "portmap/undo.h"

/* Fills 'l' (empty) with the networks of 'family', AF_INET or AF_INET6, of every interface but the
 * loopback, link-local ones aside. Asks for addresses only: a host has hundreds of interfaces
 * without one, the containers' ends of cables. Error code EINTR: addresses changed meanwhile, ask
 * again. */
int netdev_networks(uint8_t family, struct bridges *l, struct err **err);

/* Lets connections to 127.0.0.1 leave by the interface 'name' (its sysctl route_localnet). The
 * guard rules must be in place: without them the network behind it reaches programs that listen on
 * 127.0.0.1 only. Where it was not so before, 'undo' is told first. */
int netdev_allow_loopback(const char *name, struct undo *undo, struct err **err);

/* The reverse. */
int netdev_refuse_loopback(const char *name, struct err **err);

#endif
