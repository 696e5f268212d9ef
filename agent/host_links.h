/* Reads the interfaces of a host: the names from /proc/net/dev, the rest from /sys/class/net. */
#ifndef AGENT_HOST_LINKS_H
#define AGENT_HOST_LINKS_H

#include "agent/host.h"

#define HOST_LINKS_MAX 16384 /* further interfaces are left out */

/* Fills the links of 'h'. /sys shows the network namespace in which it was mounted: where that is
 * another one than ours, links_lost says so. */
void host_read_links(struct host *h, const char *root);

#endif
