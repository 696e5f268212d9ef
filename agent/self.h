/* GET /v1/self: a container asks which host address and which host ports lead to it.
 *
 * The question's source address says who asks, so nobody can ask for another; it is answered on an
 * address of its own ([agent] self), where nothing else is. /v1/self is JSON, /v1/self/<port> one
 * line: "<address> <host port>". */
#ifndef AGENT_SELF_H
#define AGENT_SELF_H

#include "agent/admin.h"
#include "agent/agent.h"

/* Answers at 'address', as soon as this host has it. */
struct admin *self_new(struct agent *a, const char *address, struct err **err);

#endif
