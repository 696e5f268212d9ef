#include "registrator/open.h"

#include "registrator/consul.h"
#include "registrator/consul_kv.h"

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
        err_set(err, "this berth was built without ZooKeeper (configure --with-zookeeper)");
        return NULL;
    }
    return NULL;
}
