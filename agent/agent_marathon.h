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

/* Begins to ask, where there is a Marathon. */
void agent_start_marathon(struct agent *a);

/* Is what the load balancer is to have from Marathon known? Also where that is nothing. */
bool agent_marathon_is_ready(const struct agent *a);

/* Appends the instances of the source to 'ret', sorted. They are only lent. Tasks that 'known',
 * which is sorted, names in its Meta are left to whoever registered them. */
void agent_marathon_instances(struct agent *a, const struct instances *known,
                              struct instances *ret);

/* {"source": ..., "attached": ..., "apps": ...} for people; null where there is none. */
json_t *agent_marathon_json(const struct agent *a);

#endif
