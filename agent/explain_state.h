/* GET /v1/explain?subject=...: the agent's state as explain.h wants it, and its answer. */
#ifndef AGENT_EXPLAIN_STATE_H
#define AGENT_EXPLAIN_STATE_H

#include "agent/admin.h"
#include "agent/agent.h"

/* Answers 'r' about the subject that its query names: 200, 404 where there is no such thing (the
 * answer then suggests others), 400 without a subject. */
void explain_answer(const struct agent *a, struct admin_request *r);

#endif
