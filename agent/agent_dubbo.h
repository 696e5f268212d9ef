/* The agent's part of Dubbo: hands containers and machines to registrator/dubbo.h, and shows what
 * became of them. All of it does nothing where [dubbo] registry names no ZooKeeper. */
#ifndef AGENT_AGENT_DUBBO_H
#define AGENT_AGENT_DUBBO_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/agent.h"
#include "lib/sbuf.h"

/* Opens the room where [dubbo] is enabled. Fails where its credentials cannot be read. */
int agent_dubbo_open(struct agent *a, struct err **err);
void agent_dubbo_free(struct agent *a);

/* The configuration is another one. */
void agent_dubbo_set_config(struct agent *a);

/* 'endpoints' are those of all containers, with their host ports. */
void agent_dubbo_want(struct agent *a, const struct endpoints *endpoints);
void agent_dubbo_want_machines(struct agent *a);

/* As dubbo_holds() and dubbo_leave(); without Dubbo, nothing is held and all has left. */
bool agent_dubbo_holds(const struct agent *a, uint16_t port);
void agent_dubbo_leave(struct agent *a, void (*on_done)(void *arg), void *arg);

/* Has providers compared now, where there are any. */
void agent_dubbo_resync(struct agent *a);

/* NULL where there is no Dubbo. */
const struct sync *agent_dubbo_sync(const struct agent *a);
const struct problems *agent_dubbo_problems(const struct agent *a);

/* The providers, for /v1/state; and for /metrics. */
json_t *agent_dubbo_json(const struct agent *a);
void agent_dubbo_add_metrics(const struct agent *a, struct sbuf *out);

#endif
