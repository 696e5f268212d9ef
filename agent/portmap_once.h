/* `berth portmap sync --once`: Docker and portmap alone, until the kernel's map is in step. */
#ifndef AGENT_PORTMAP_ONCE_H
#define AGENT_PORTMAP_ONCE_H

#include "agent/config.h"
#include "lib/err.h"
#include "lib/problem.h"

/* Brings the kernel's map in step with the containers that run now, once. What of it a person
 * should mend becomes a problem. Fails where Docker or the kernel cannot be asked. Nothing follows
 * the containers afterwards, and nothing holds their ports. */
int portmap_once(const struct config *config, struct problems *problems, struct err **err);

#endif
