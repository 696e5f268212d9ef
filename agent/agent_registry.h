/* Opens what the configuration says about registries: the registry itself and the services that are
 * declared for virtual machines. */
#ifndef AGENT_AGENT_REGISTRY_H
#define AGENT_AGENT_REGISTRY_H

#include "agent/agent.h"

/* Fills a->registry and, where files declare services, a->vm. 'on_vm_change' is called with 'a'
 * when what vm_instances() answers has changed. A registry that does not answer is no error here.
 */
int agent_open_registry(struct agent *a, void (*on_vm_change)(void *arg), struct err **err);

/* Brings a->vm in step with the configuration, which is another one: opened, told, or closed, as
 * services_dir says. What a directory that is not followed any more has declared stays registered.
 * 'consul' is NULL for the local registry. What cannot be opened is an error. */
int agent_set_vm(struct agent *a, const struct consul_access *consul,
                 void (*on_vm_change)(void *arg), struct err **err);

#endif
