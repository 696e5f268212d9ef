/* GET /v1/explain?subject=...: the agent's state as explain.h wants it, and its answer. */
#ifndef AGENT_EXPLAIN_STATE_H
#define AGENT_EXPLAIN_STATE_H

#include <jansson.h>

#include "agent/admin.h"
#include "agent/agent.h"

/* Answers 'r' about the subject that its query names: 200, 404 where there is no such thing (the
 * answer then suggests others), 400 without a subject. 'state' is state_json()'s, and stays as it
 * is. */
void explain_answer(const struct agent *a, json_t *state, struct admin_request *r);

#endif
