/* POST /v1/resync: every room compares now what it has in step, as it does by itself now and then.
 *
 * For whoever has changed something by hand and does not want to wait, or doubts. */
#ifndef AGENT_AGENT_RESYNC_H
#define AGENT_AGENT_RESYNC_H

#include <jansson.h>

#include "agent/agent.h"

/* Asks all rooms. Returns {"kicked": [names of syncs]}, which the caller drops. */
json_t *agent_resync(struct agent *a);

#endif
