/* ZooKeeper as a registry: an ephemeral node <base>/<service>/<address>:<port> for each instance.
 *
 * What readers of registrator's zookeeper:// expect. Ours is what this session, or the one of the
 * process before, has made; a node of somebody else's session is never touched: it is waited for
 * until it goes. An instance that takes no traffic has no node. A service's folder goes with its
 * last instance. There is no catalog to watch. */
#ifndef REGISTRATOR_ZOOKEEPER_H
#define REGISTRATOR_ZOOKEEPER_H

#include <ev.h>

#include "registrator/registry.h"

struct zookeeper_config {
    const char *hosts;   /* "host:port,host:port" */
    const char *base;    /* without a slash at either end; may be "" */
    const char *id_file; /* where the session's id is kept */
};

/* Strings are copied. */
struct registry *zookeeper_registry_new(struct ev_loop *loop,
                                        const struct zookeeper_config *config);

#endif
