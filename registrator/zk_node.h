/* A service in ZooKeeper, as registrator writes it: <base>/<service>/<address>:<port>, and JSON
 * with registrator's members in its order. Pure. */
#ifndef REGISTRATOR_ZK_NODE_H
#define REGISTRATOR_ZK_NODE_H

#include "registrator/instance.h"

/* The node's path; 'base' has no slash at either end, and may be "". The caller frees it. */
char *zk_node_path(const char *base, const struct instance *i);

/* {"Name":"www","IP":"192.0.2.1","PublicPort":49153,"PrivatePort":80,"ContainerID":"9124853ff0d1",
 * "Tags":[],"Attrs":{}}; the caller frees it. ContainerID has 12 digits: what a container's host
 * name is where nobody chose another. Attrs is what SERVICE_<anything> said. */
char *zk_node_data(const struct instance *i);

#endif
