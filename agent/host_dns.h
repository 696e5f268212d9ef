/* What a struct host has of the names that the agent keeps in a DNS zone. */
#ifndef AGENT_HOST_DNS_H
#define AGENT_HOST_DNS_H

#include <jansson.h>

#include "agent/host.h"

/* Fills 'dns_name' and 'dns_live' of 'h' from the agent's state: the first name that is written,
 * and where it should lead. */
void host_dns_take(struct host *h, const json_t *state);

/* Fills 'dns_found' or 'dns_lost' of 'h': where the name leads by this host's resolver. */
void host_dns_resolve(struct host *h);

#endif
