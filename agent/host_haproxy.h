/* Finds out at which ports each HAProxy listens, and whose child it is. */
#ifndef AGENT_HOST_HAPROXY_H
#define AGENT_HOST_HAPROXY_H

#include "agent/host.h"

#define HOST_FDS_MAX 1048576 /* descriptors of one process that are looked at */

/* Fills that of the processes of 'h', whose listeners are known. */
void host_read_haproxy(struct host *h, const char *root);

#endif
