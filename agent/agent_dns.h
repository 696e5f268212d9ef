/* The load balancers' names in the company's DNS: who writes them, and where they lead.
 *
 * With Consul, the load balancers that share a [dns] owner have one lock; whoever holds it writes,
 * and the names lead to all of them that live, as the catalog's instances of [lb] announce say.
 * Without Consul, this one writes, and they lead to this HAProxy. */
#ifndef AGENT_AGENT_DNS_H
#define AGENT_AGENT_DNS_H

#include <jansson.h>

#include "agent/agent.h"
#include "registrator/catalog.h"
#include "registrator/consul_client.h"

/* Opens it where [dns] zone is set and there is a load balancer. 'consul' is NULL for the local
 * registry; its 'url' and 'unix_socket' are set. */
int agent_open_dns(struct agent *a, const struct consul_access *consul, struct err **err);
void agent_free_dns(struct agent *a);

/* Could agent_set_dns() open what 'next' says? */
int agent_check_dns(struct agent *a, const struct config *next, struct err **err);

/* The configuration is another one, or its key file is. Names of a zone that is not ours any more
 * stay there. Fails where agent_open_dns() would, and then no names are kept. */
int agent_set_dns(struct agent *a, const struct consul_access *consul, struct err **err);

/* The catalog has changed. */
void agent_dns_on_catalog(struct agent *a);

/* Brings the names in step with what HAProxy serves. Costs little where nothing has changed. */
void agent_dns(struct agent *a);

/* The names, as /v1/state has them: zone, owner, turn, and each name with records and state. NULL
 * where no names are kept. The caller owns it. */
json_t *agent_dns_json(const struct agent *a);

/* Has the zone transferred now, where names are kept. */
void agent_dns_resync(struct agent *a);

/* The syncs, by number; NULL behind the last one. */
const struct sync *agent_dns_sync(const struct agent *a, size_t i);

/* NULL where no names are kept. */
const struct problems *agent_dns_problems(const struct agent *a);

#endif
