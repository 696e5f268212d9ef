/* Watches Consul's catalog: one blocking query for the services' names, one a service for its
 * instances.
 *
 * The first catalog is handed over when every service has answered once; later on, a new service
 * does not hold up the others. A service whose query fails keeps its last instances. On plain HTTP
 * each query takes a connection, and Consul allows a client 200 of them, so at most
 * CONSUL_CATALOG_SERVICES_MAX services are watched; more are reported.
 */
#ifndef REGISTRATOR_CONSUL_CATALOG_H
#define REGISTRATOR_CONSUL_CATALOG_H

#include "registrator/consul_client.h"
#include "registrator/instance.h"

#define CONSUL_CATALOG_SERVICES_MAX 128

struct consul_catalog;

/* Calls 'on_catalog' as registry.h's watch_catalog says; it may free the watch. 'c' is borrowed. */
struct consul_catalog *consul_catalog_new(struct consul_client *c,
                                          void (*on_catalog)(void *arg,
                                                             const struct instances *catalog,
                                                             const struct err *err),
                                          void *arg);
void consul_catalog_free(struct consul_catalog *g);

#endif
