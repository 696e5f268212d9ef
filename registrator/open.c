#include "registrator/open.h"

#include <stdlib.h>

#include "registrator/consul.h"
#include "registrator/consul_kv.h"
#ifdef HAVE_ZOOKEEPER
#include "lib/xmalloc.h"
#include "registrator/zookeeper.h"
#endif

static struct registry *open_zookeeper(struct ev_loop *loop, const struct address *address,
                                       const struct registry_options *options);

struct registry *registry_open(struct ev_loop *loop, struct http *http,
                               const struct address *address,
                               const struct registry_options *options, struct err **err)
{
    struct consul_access access = options->consul;

    access.url = address->url;
    access.unix_socket = address->unix_socket;
    switch (address->kind) {
    case ADDRESS_LOCAL:
        return local_registry_new();
    case ADDRESS_CONSUL:
        return consul_registry_new(loop, http,
                                   &(struct consul_config){.access = access,
                                                           .node = options->node,
                                                           .catalog_file = options->catalog_file},
                                   err);
    case ADDRESS_CONSUL_KV:
        return consul_kv_registry_new(loop, http,
                                      &(struct consul_kv_config){.access = access,
                                                                 .prefix = address->prefix,
                                                                 .node = options->node,
                                                                 .cleanup = options->cleanup},
                                      err);
    case ADDRESS_ZOOKEEPER:
        return open_zookeeper(loop, address, options);
    }
    return NULL;
}

/* Without it there is no such address. */
static struct registry *open_zookeeper(struct ev_loop *loop, const struct address *address,
                                       const struct registry_options *options)
{
#ifdef HAVE_ZOOKEEPER
    CLEAN(free_str) char *id_file = xasprintf("%s/zookeeper-session", options->state_dir);

    return zookeeper_registry_new(
        loop, &(struct zookeeper_config){address->hosts, address->prefix, id_file});
#else
    (void)loop;
    (void)address;
    (void)options;
    abort();
#endif
}
