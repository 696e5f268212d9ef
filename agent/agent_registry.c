#include "agent/agent_registry.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent_announce.h"
#include "agent/agent_dns.h"
#include "agent/consul_login.h"
#include "agent/dubbo_options.h"
#include "lib/xmalloc.h"
#include "registrator/address.h"
#include "registrator/open.h"
#include "registrator/vm.h"

static int open_at(struct agent *a, const struct address *address, void (*on_vm_change)(void *arg),
                   struct err **err);
static int open_vm(struct agent *a, const struct consul_access *consul,
                   void (*on_vm_change)(void *arg), struct err **err);

int agent_open_registry(struct agent *a, void (*on_vm_change)(void *arg), struct err **err)
{
    struct address address = {0};

    if (address_parse(a->config->registry, &address, err))
        return err_wrap(err, "[registrator] registry");
    int status = open_at(a, &address, on_vm_change, err);
    address_done(&address);
    return status;
}

int agent_set_vm(struct agent *a, const struct consul_access *consul,
                 void (*on_vm_change)(void *arg), struct err **err)
{
    struct vm_config config = {.dir = a->config->services_dir, .resync = a->config->resync};

    if (a->vm && *a->config->services_dir) {
        vm_set_config(a->vm, &config);
        if (consul)
            vm_set_access(a->vm, consul);
        return 0;
    }
    if (!a->vm)
        return open_vm(a, consul, on_vm_change, err);
    vm_free(TAKE_PTR(a->vm));
    on_vm_change(a);
    return 0;
}

static int open_at(struct agent *a, const struct address *address, void (*on_vm_change)(void *arg),
                   struct err **err)
{
    const struct config *c = a->config;
    CLEAN(free_str) char *catalog_file = xasprintf("%s/catalog.json", c->state_dir);
    CLEAN(consul_login) struct consul_login login = {0};

    if (consul_login_read(&login, c, address, err))
        return -1;
    struct registry_options options = {.node = a->node,
                                       .state_dir = c->state_dir,
                                       .catalog_file = catalog_file,
                                       .consul = login.access,
                                       .adopt = !strcmp(c->adopt, "yes")};
    a->registry = registry_open(a->loop, a->http, address, &options, err);
    if (!a->registry)
        return -1;
    switch (address->kind) {
    case ADDRESS_LOCAL:
        return agent_open_dns(a, NULL, err) || open_vm(a, NULL, on_vm_change, err) ? -1 : 0;
    case ADDRESS_CONSUL:
        if (!c->as_registrator && (agent_open_announcer(a, address, &options.consul, err) ||
                                   agent_open_dns(a, &options.consul, err)))
            return -1;
        return open_vm(a, &options.consul, on_vm_change, err);
    case ADDRESS_CONSUL_KV:
    case ADDRESS_ZOOKEEPER:
        return 0; /* nothing there says that an instance is a machine's */
    }
    return 0;
}

/* 'consul' is NULL for the local registry. */
static int open_vm(struct agent *a, const struct consul_access *consul,
                   void (*on_vm_change)(void *arg), struct err **err)
{
    const struct config *c = a->config;

    if (!c->registrator || !*c->services_dir)
        return 0;
    a->vm = vm_new(a->loop, a->http,
                   &(struct vm_config){.dir = c->services_dir,
                                       .node = a->node,
                                       .consul = consul,
                                       .dubbo = dubbo_options_in_consul(c),
                                       .resync = c->resync},
                   on_vm_change, a, err);
    return a->vm ? 0 : -1;
}
