/* Consul as a registry: the agent API for what is ours, health queries for the catalog.
 *
 * Own instances: GET /v1/agent/services and /v1/agent/checks, PUT .../register, .../deregister and
 * .../maintenance (a draining instance is in maintenance). Catalog: blocking queries on
 * /v1/catalog/services and, per service, /v1/health/service/<name>. */
#ifndef REGISTRATOR_CONSUL_H
#define REGISTRATOR_CONSUL_H

#include <ev.h>

#include "lib/err.h"
#include "lib/http.h"
#include "registrator/consul_client.h"
#include "registrator/registry.h"

struct consul_config {
    struct consul_access access;
    const char *node;         /* META_NODE of what is ours */
    const char *catalog_file; /* keeps the last good catalog; NULL: none */
};

/* 'http' is borrowed. Fails on a URL that is no http:// or https:// one. Strings are copied. */
struct registry *consul_registry_new(struct ev_loop *loop, struct http *http,
                                     const struct consul_config *config, struct err **err);

#endif
