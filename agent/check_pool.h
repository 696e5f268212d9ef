/* Does the pool of host ports fit this host? What the configuration alone does not show. */
#ifndef AGENT_CHECK_POOL_H
#define AGENT_CHECK_POOL_H

#include "lib/portset.h"
#include "lib/strv.h"

/* Adds a line to 'ret' for each program that has a port of 'pool' open: one that listens, or has
 * bound a UDP port. berth goes round such a port; who asks for it by number does not get it. What
 * berth itself holds does not count. */
void check_pool_listeners(const struct portset *pool, struct strv *ret);

#endif
