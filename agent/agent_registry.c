#include "agent/agent_registry.h"

#include <string.h>

#include "lib/file.h"
#include "lib/http.h"
#include "lib/xmalloc.h"
#include "registrator/address.h"
#include "registrator/open.h"
#include "registrator/vm.h"

#define TOKEN_MAX 4096 /* bytes of a token file */

static int open_at(struct agent *a, const struct address *address, void (*on_vm_change)(void *arg),
                   struct err **err);
static int open_vm(struct agent *a, const struct consul_access *consul,
                   void (*on_vm_change)(void *arg), struct err **err);
static char *set(char *value);

int agent_open_registry(struct agent *a, void (*on_vm_change)(void *arg), struct err **err)
{
    struct address address = {0};

    if (address_parse(a->config->registry, &address, err))
        return err_wrap(err, "[registrator] registry");
    int status = open_at(a, &address, on_vm_change, err);
    address_done(&address);
    return status;
}

static int open_at(struct agent *a, const struct address *address, void (*on_vm_change)(void *arg),
                   struct err **err)
{
    const struct config *c = a->config;
    const struct http_tls tls = {set(c->consul_ca_file), set(c->consul_cert_file),
                                 set(c->consul_key_file), !c->consul_tls_verify};
    CLEAN(free_str) char *catalog_file = xasprintf("%s/catalog.json", c->state_dir);
    CLEAN(free_str) char *token = NULL;

    if (agent_read_token(c, &token, err))
        return -1;
    struct registry_options options = {.node = a->node,
                                       .state_dir = c->state_dir,
                                       .catalog_file = catalog_file,
                                       .consul = {.url = address->url,
                                                  .unix_socket = address->unix_socket,
                                                  .token = token,
                                                  .tls = &tls,
                                                  .datacenter = c->consul_datacenter,
                                                  .name_space = c->consul_namespace},
                                       .adopt = !strcmp(c->adopt, "yes")};
    a->registry = registry_open(a->loop, a->http, address, &options, err);
    if (!a->registry)
        return -1;
    switch (address->kind) {
    case ADDRESS_LOCAL:
        return open_vm(a, NULL, on_vm_change, err);
    case ADDRESS_CONSUL:
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
    a->vm =
        vm_new(a->loop, a->http,
               &(struct vm_config){
                   .dir = c->services_dir, .node = a->node, .consul = consul, .resync = c->resync},
               on_vm_change, a, err);
    return a->vm ? 0 : -1;
}

int agent_read_token(const struct config *c, char **ret, struct err **err)
{
    if (!*c->consul_token_file) {
        *ret = xstrdup(c->consul_token ? c->consul_token : "");
        return 0;
    }
    *ret = file_read(c->consul_token_file, TOKEN_MAX, NULL, err);
    if (!*ret)
        return err_wrap(err, "[registrator] consul_token_file");
    (*ret)[strcspn(*ret, " \t\r\n")] = '\0';
    return 0;
}

/* NULL for what is empty. */
static char *set(char *value)
{
    return *value ? value : NULL;
}
