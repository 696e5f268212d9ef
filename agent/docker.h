/* Docker -> inventory: what runs on this host, kept true.
 *
 * Events only say which container to look at again; every look is a full inspect. When the event
 * stream was lost, and now and then anyway, all containers are listed and inspected anew. Docker
 * being away changes nothing: the last known containers stay. */
#ifndef AGENT_DOCKER_H
#define AGENT_DOCKER_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/inventory.h"
#include "lib/http.h"
#include "lib/http_server.h"
#include "lib/problem.h"
#include "lib/sync.h"

struct docker;

struct docker_config {
    const struct http_server *server; /* Docker's API; copied */
    const char *keep_label;           /* a label that is kept beside the ones berth knows, or "" */
    const char *tags;                 /* the tags of every service; of use where a template */
    double resync;                    /* seconds between full listings that nobody asked for */
    double drain_max;  /* how far back in time stop signals are asked for at the start */
    bool watch_failed; /* notice which containers have ended with a failure */
};

/* 'on_change' is called, from the loop, whenever the inventory has changed. 'http' is borrowed. */
struct docker *docker_new(struct ev_loop *loop, struct http *http,
                          const struct docker_config *config, void (*on_change)(void *arg),
                          void *arg);
void docker_free(struct docker *d);

/* Another configuration from now on, but for the server. Where it changes what is read of a
 * container, all are listed and read again; what is known stays until then. */
void docker_set_config(struct docker *d, const struct docker_config *config);

/* Connects. What goes wrong is logged and tried again for ever. */
void docker_start(struct docker *d);

/* Has all containers listed now, as every 'resync' seconds. After docker_start(). */
void docker_resync(struct docker *d);

/* What is known of the containers; borrowed, and valid until the loop runs again. */
const struct inventory *docker_inventory(const struct docker *d);
bool docker_is_connected(const struct docker *d);
uint64_t docker_events(const struct docker *d);
const struct sync *docker_sync(const struct docker *d);

/* The containers that are quarantined. */
const struct problems *docker_problems(const struct docker *d);

#endif
