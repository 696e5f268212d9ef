/* The catalog on its way from the registry to the load balancer.
 *
 * The registry is watched as soon as what it tells is true; the services that are declared for
 * virtual machines join the local registry's catalog here. */
#ifndef AGENT_AGENT_CATALOG_H
#define AGENT_AGENT_CATALOG_H

#include <jansson.h>

#include "agent/agent.h"
#include "lib/sbuf.h"

/* Gives the load balancer, where there is one, the registry: once, when HAProxy would not see less
 * than there is. Costs nothing afterwards. */
void agent_watch_catalog(struct agent *a);

/* How the registry's catalog is followed; null where there is no load balancer, or where the
 * catalog is this process' own. The caller drops it. */
json_t *agent_catalog_json(const struct agent *a);

/* The same as one of "sources"; NULL where the former is null. */
json_t *agent_catalog_source(const struct agent *a);

/* Appends figures for Prometheus. */
void agent_catalog_metrics(const struct agent *a, struct sbuf *out);

/* For vm_new(): the declared machines, or their states, have changed. 'arg' is the agent. */
void agent_on_machines(void *arg);

#endif
