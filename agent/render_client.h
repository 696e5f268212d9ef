/* Consul's client for templates: opened as Consul's variables and an address say, or as
 * [registrator] does. */
#ifndef AGENT_RENDER_CLIENT_H
#define AGENT_RENDER_CLIENT_H

#include "agent/config.h"
#include "registrator/consul_client.h"

/* Opens 'c' at 'address', a host:port or an address of registrator/address.h; NULL:
 * CONSUL_HTTP_ADDR. Token, certificates and so on are what Consul's variables say. 'http' is
 * borrowed. Returns 0, or -1. */
int render_client_open(struct consul_client *c, struct ev_loop *loop, struct http *http,
                       const char *address, struct err **err);

/* The same where [registrator] registry and its other keys in 'config' say. */
int render_client_open_configured(struct consul_client *c, struct ev_loop *loop, struct http *http,
                                  const struct config *config, struct err **err);

#endif
