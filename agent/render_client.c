#include "agent/render_client.h"

#include <stdlib.h>
#include <string.h>

#include "agent/consul_login.h"
#include "agent/registrator_env.h"
#include "lib/xmalloc.h"
#include "registrator/address.h"

#define DOCKER_SOCKET "/var/run/docker.sock" /* never opened */

static char *consul_variable(const char *name);

int render_client_open(struct consul_client *c, struct ev_loop *loop, struct http *http,
                       const char *address, struct err **err)
{
    struct config config = {0};
    int status = -1;
    CLEAN(free_str)
    char *uri = !address                 ? xstrdup("consul://")
                : strstr(address, "://") ? xstrdup(address)
                                         : xasprintf("consul://%s", address);

    conf_defaults(&config_table, &config);
    if (!registrator_env_apply(&config, uri, DOCKER_SOCKET, consul_variable, err))
        status = render_client_open_configured(c, loop, http, &config, err);
    conf_done(&config_table, &config);
    return status;
}

/* Each query names its datacenter. */
int render_client_open_configured(struct consul_client *c, struct ev_loop *loop, struct http *http,
                                  const struct config *config, struct err **err)
{
    CLEAN(consul_login) struct consul_login login = {0};
    struct address address = {0};

    if (address_parse(config->registry, &address, err))
        return -1;
    int status = address.kind == ADDRESS_CONSUL
                     ? consul_login_read(&login, config, &address, err)
                     : err_set(err, "'%s' is no address of Consul", config->registry);
    if (!status) {
        login.access.datacenter = NULL;
        status = consul_client_init(c, loop, http, &login.access, err);
    }
    address_done(&address);
    return status;
}

/* Docker has no say here. */
static char *consul_variable(const char *name)
{
    return strncmp(name, "CONSUL_", strlen("CONSUL_")) ? NULL : getenv(name);
}
