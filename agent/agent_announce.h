/* The load balancer's own entries in Consul: made of what HAProxy serves (lb_announce.h), kept by
 * registrator/announcer.h, under a mark of their own beside the registrator's. */
#ifndef AGENT_AGENT_ANNOUNCE_H
#define AGENT_AGENT_ANNOUNCE_H

#include "agent/agent.h"
#include "registrator/address.h"
#include "registrator/consul_client.h"

/* Opens the announcer for Consul at 'address', spoken to as 'consul' says. Nothing is announced
 * before agent_announce(). */
int agent_open_announcer(struct agent *a, const struct address *address,
                         const struct consul_access *consul, struct err **err);

/* Brings what is announced in step with what HAProxy serves: nothing, where it does not run or is
 * not to be announced. Costs little where nothing has changed. */
void agent_announce(struct agent *a);

/* Where clients reach HAProxy: [lb] address, or what its frontends bind to, or the host's. No
 * address in '*ret6': none. */
void agent_lb_addresses(const struct agent *a, struct ipaddr *ret, struct ipaddr *ret6);

#endif
