/* Requests that are answered from the whole state: GET /v1/state and /v1/explain.
 *
 * To say the state of a thousand containers takes a part of a second, in which nothing else is
 * done. So requests wait for the next turn of the loop and until HAProxy has said how its servers
 * are, and all that wait then share one document. Each explanation is work of its own: there is
 * one in a turn. However many ask, the loop gets to everything else in between.
 *
 * The agent's admin servers own it. */
#ifndef AGENT_AGENT_ASKS_H
#define AGENT_AGENT_ASKS_H

#include "agent/admin.h"
#include "agent/agent.h"

struct agent_asks;

struct agent_asks *agent_asks_new(struct agent *a);

/* Forgets who waits. No request of theirs may have ended: the servers are freed after it. */
void agent_asks_free(struct agent_asks *l);

/* Answers 'r' with the state, or, if 'explain', about the subject that its query names. */
void agent_asks_add(struct agent_asks *l, struct admin_request *r, bool explain);

#endif
