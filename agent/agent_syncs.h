/* The agent's reconciliations: what /v1/state and /metrics tell the progress and the age of.
 *
 * Reads the rooms and changes nothing. */
#ifndef AGENT_AGENT_SYNCS_H
#define AGENT_AGENT_SYNCS_H

#include <stddef.h>

#include "agent/agent.h"
#include "lib/sync.h"

#define AGENT_SYNCS_MAX 32

struct agent_syncs {
    const struct sync *v[AGENT_SYNCS_MAX]; /* the rooms'; some of one room share a name */
    size_t n;
};

/* Those of the rooms that are enabled, in the order of the chain. Valid until the configuration
 * changes. */
void agent_syncs(const struct agent *a, struct agent_syncs *ret);

#endif
