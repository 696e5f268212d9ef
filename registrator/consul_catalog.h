/* Watches Consul's catalog: one blocking query for the services' names, one a service for its
 * instances.
 *
 * On plain HTTP each query takes a connection, and Consul allows a client 200 of them. So the first
 * CONSUL_CATALOG_WATCHED services are watched; the others are read when there is a hint that they
 * have changed (registrator/consul_hints.h). doc/design/0005-catalog.md has what was measured.
 *
 * The first catalog is handed over when every service has answered once; later on, a new service
 * does not hold up the others. A service whose query fails keeps its last instances. */
#ifndef REGISTRATOR_CONSUL_CATALOG_H
#define REGISTRATOR_CONSUL_CATALOG_H

#include "registrator/catalog.h"
#include "registrator/consul_client.h"
#include "registrator/registry.h"

#define CONSUL_CATALOG_WATCHED 48

struct consul_catalog;

/* Calls 'on_catalog' as registry.h's watch_catalog says; it may free the watch. 'c' is borrowed,
 * 'file' keeps the last good catalog (NULL: none) and is copied. */
struct consul_catalog *consul_catalog_new(
    struct consul_client *c, const char *file,
    void (*on_catalog)(void *arg, const struct catalog *catalog, const struct err *err), void *arg);
void consul_catalog_free(struct consul_catalog *g);

/* As registry.h's catalog_watch says. */
void consul_catalog_tell(const struct consul_catalog *g, struct catalog_watch *ret);

#endif
