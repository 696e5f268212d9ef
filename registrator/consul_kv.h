/* Consul's key-value store as a registry: <prefix>/<service>/<id> = <address>:<port>.
 *
 * What readers of registrator's consulkv:// expect. Ownership is in the keys' flags
 * (registrator/kv_entry.h): other nodes' keys, and those without a mark, are never deleted. With
 * 'adopt' a registrator's keys with our node in their id count as ours. A service that does not
 * take traffic has no key: the store knows no state. There is no catalog to watch. */
#ifndef REGISTRATOR_CONSUL_KV_H
#define REGISTRATOR_CONSUL_KV_H

#include <ev.h>

#include "lib/err.h"
#include "registrator/consul_client.h"
#include "registrator/registry.h"

struct consul_kv_config {
    struct consul_access access;
    const char *prefix; /* without a slash at either end */
    const char *node;
    bool adopt;
};

/* 'http' is borrowed, strings are copied. Fails on what is no address of Consul. */
struct registry *consul_kv_registry_new(struct ev_loop *loop, struct http *http,
                                        const struct consul_kv_config *config, struct err **err);

#endif
