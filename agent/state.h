/* What the agent knows, as JSON and as metrics: /health, /v1/state, /metrics.
 *
 * Reads the rooms and changes nothing. The members are documented in doc/state.md. */
#ifndef AGENT_STATE_H
#define AGENT_STATE_H

#include <jansson.h>

#include "agent/agent.h"

/* The document of /v1/state. The caller drops it. */
json_t *state_json(const struct agent *a);

/* The document of /health. The caller drops it. */
json_t *state_health(const struct agent *a);

/* The text of /metrics, in Prometheus' format; the caller frees it. */
char *state_metrics(const struct agent *a);

#endif
