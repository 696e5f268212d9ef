/* What a person should mend, of all rooms: /v1/state lists it, /metrics says how much it is. */
#ifndef AGENT_AGENT_PROBLEMS_H
#define AGENT_AGENT_PROBLEMS_H

#include <jansson.h>
#include <stddef.h>

#include "agent/agent.h"

/* The "problems" of /v1/state, as doc/state.md says; the caller drops them. */
json_t *agent_problems_json(const struct agent *a);

/* How many those are. */
size_t agent_problems_count(const struct agent *a);

#endif
