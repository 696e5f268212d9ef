/* Marathon in the agent: what it says of the tasks on this node (marathon_node.h), and all of its
 * apps as a source of the load balancer (marathon_source.h). Either works with Marathon away: then
 * what was read last counts. */
#ifndef AGENT_AGENT_MARATHON_H
#define AGENT_AGENT_MARATHON_H

#include "agent/agent.h"
#include "lib/json.h"

/* Opens what the configuration asks for; a Marathon that does not answer is no error. */
int agent_open_marathon(struct agent *a, struct err **err);
void agent_close_marathon(struct agent *a);

/* The configuration is another one. */
void agent_set_marathon(struct agent *a);

/* Begins to ask, where there is a Marathon. */
void agent_start_marathon(struct agent *a);

/* Is what the load balancer is to have from Marathon known? Also where that is nothing, and where
 * Marathon has had its time to answer and a file says what it said last. */
bool agent_marathon_is_ready(const struct agent *a);

/* {"source": ..., "attached": ..., "apps": ...} for people; null where there is none. */
json_t *agent_marathon_json(const struct agent *a);

#endif
