/* The agent's admin servers: what there is to ask, who may, and who looks on.
 *
 * [agent] admin is an address, [agent] admin_socket a unix socket; both answer the same, and the
 * socket takes writes without a token. [agent] self, for containers, is self.h's. */
#ifndef AGENT_AGENT_ADMIN_H
#define AGENT_AGENT_ADMIN_H

#include "agent/admin.h"
#include "agent/agent.h"

struct agent_admin;

/* Opens what the configuration names; 'a' is complete but for this. */
int agent_admin_open(struct agent *a, struct err **err);

/* Closes it. 'a' may have none. */
void agent_admin_close(struct agent *a);

/* Can 'next' be the configuration, with the files that it names? */
int agent_admin_check(const struct config *next, struct err **err);

/* The agent's configuration is another one: who may ask, and the token, is read again. What cannot
 * be read any more is logged, and then nobody has the token. */
void agent_admin_set_config(struct agent *a);

/* What /v1/state says may have changed. 'a' may have none. */
void agent_admin_touch(struct agent *a);

/* How many look on at /v1/events. */
size_t agent_admin_readers(const struct agent *a);

/* Answers GET /v1/state, or if 'explain' GET /v1/explain, from fresh data. */
void agent_admin_ask(struct agent *a, struct admin_request *r, bool explain);

/* Answers GET /v1/events. */
void agent_admin_stream(struct agent *a, struct admin_request *r);

#endif
