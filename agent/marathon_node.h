/* What Marathon adds to the tasks that run on this node: service ports, labels in their own
 * spelling, and what its health checks say.
 *
 * A definition is fetched once for each app and version that runs here, and kept in a file, so that
 * neither a restart nor a Marathon that is away takes a service port back. Only apps that run here
 * are read again when an event names them. */
#ifndef AGENT_MARATHON_NODE_H
#define AGENT_MARATHON_NODE_H

#include <ev.h>

#include "agent/derive.h"
#include "agent/inventory.h"
#include "lib/err.h"
#include "lib/marathon_client.h"

struct marathon_node;

/* 'file' keeps the definitions. 'on_change' is called, from the loop, when marathon_node_apply()
 * would say something else. */
struct marathon_node *marathon_node_new(struct ev_loop *loop, struct http *http,
                                        const struct marathon_config *config, const char *file,
                                        void (*on_change)(void *arg), void *arg, struct err **err);
void marathon_node_free(struct marathon_node *n);

/* Begins to ask. */
void marathon_node_start(struct marathon_node *n);

/* As marathon_set_times(). */
void marathon_node_set_times(struct marathon_node *n, double resync, double silence);

/* These are the containers from now on: those of Marathon are asked for. */
void marathon_node_see(struct marathon_node *n, const struct inventory *inv);

/* Adds what is known to the endpoints 'e'. What they borrow is valid until the loop runs again, or
 * endpoints_done(). */
void marathon_node_apply(const struct marathon_node *n, struct endpoints *e);

/* Reads everything again. */
void marathon_node_resync(struct marathon_node *n);

/* The client, or NULL for NULL. */
const struct marathon *marathon_node_client(const struct marathon_node *n);

/* How many definitions are asked for in vain so far. */
const struct sync *marathon_node_sync(const struct marathon_node *n);

#endif
