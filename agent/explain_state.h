/* GET /v1/explain?subject=...: the agent's state as explain.h wants it, and its answer. */
#ifndef AGENT_EXPLAIN_STATE_H
#define AGENT_EXPLAIN_STATE_H

#include <jansson.h>

#include "agent/admin.h"
#include "agent/agent.h"

/* What answers are made from: 'state' with what labels say. The caller puts the reference; 'state'
 * stays as it is. */
json_t *explain_ground(const struct agent *a, json_t *state);

/* Answers 'r' about the subject that its query names: 200, 404 where there is no such thing (the
 * answer then suggests others), 400 without a subject. Who listens is written into 'ground'. */
void explain_answer(json_t *ground, struct admin_request *r);

#endif
