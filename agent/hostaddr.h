/* Which of its addresses others dial to reach this host. */
#ifndef AGENT_HOSTADDR_H
#define AGENT_HOSTADDR_H

#include "lib/err.h"
#include "lib/ipaddr.h"

/* The IPv4 source address of the way to 'peer', a numeric address; where that is no address, a
 * loopback one or has no route, of the default way; without one, of the first interface that is up
 * and no loopback. No packet is sent. Fails where there is only the loopback interface. */
int hostaddr_find(const char *peer, struct ipaddr *ret, struct err **err);

/* The IPv6 address of the interface that has the IPv4 address 'beside': a global one before one of
 * a private network (RFC 4193), never a temporary or deprecated one. No address where there is
 * none; fails where the kernel's list cannot be read. */
int hostaddr_find6(const struct ipaddr *beside, struct ipaddr *ret, struct err **err);

/* The same from 'text', the kernel's list as /proc/net/if_inet6 has it, for 'interface'. */
struct ipaddr hostaddr_choose6(const char *text, const char *interface);

#endif
