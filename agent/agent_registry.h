/* Opens what the configuration says about registries: the registry itself and the services that are
 * declared for virtual machines. */
#ifndef AGENT_AGENT_REGISTRY_H
#define AGENT_AGENT_REGISTRY_H

#include "agent/agent.h"

/* Fills a->registry and, where files declare services, a->vm. 'on_vm_change' is called with 'a'
 * when what vm_instances() answers has changed. A registry that does not answer is no error here.
 */
int agent_open_registry(struct agent *a, void (*on_vm_change)(void *arg), struct err **err);

/* The token for Consul, "" for none; the caller frees it. A file's comes before the environment's.
 */
int agent_read_token(const struct config *c, char **ret, struct err **err);

#endif
