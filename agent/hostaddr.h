/* Which of its addresses others dial to reach this host. */
#ifndef AGENT_HOSTADDR_H
#define AGENT_HOSTADDR_H

#include "lib/err.h"
#include "lib/ipaddr.h"

/* The IPv4 source address of the way to 'peer', a numeric address; where that is no address, a
 * loopback one or has no route, of the default way; without one, of the first interface that is up
 * and no loopback. No packet is sent. Fails where there is only the loopback interface. */
int hostaddr_find(const char *peer, struct ipaddr *ret, struct err **err);

#endif
