/* Keeps a list of instances in a registry that has no container behind it: what a load balancer
 * says of itself.
 *
 * It has a registry of its own, opened under a mark of its own (META_NODE), so that neither it nor
 * the registrator of the same host ever touches what the other one registered. Writes only
 * differences, and again what somebody else has removed. */
#ifndef REGISTRATOR_ANNOUNCER_H
#define REGISTRATOR_ANNOUNCER_H

#include <ev.h>

#include "lib/sync.h"
#include "registrator/instance.h"
#include "registrator/registry.h"

struct announcer;
struct consul_access; /* registrator/consul_client.h */

/* 'registry' is taken over. 'resync' is in seconds. Nothing is done before announcer_want(). */
struct announcer *announcer_new(struct ev_loop *loop, struct registry *registry, double resync);

/* Seconds between looks that nobody asked for, from now on. */
void announcer_set_resync(struct announcer *a, double resync);

/* Consul is spoken to with these credentials from now on. */
void announcer_set_access(struct announcer *a, const struct consul_access *access);

/* Leaves what is registered as it is. */
void announcer_free(struct announcer *a);

/* What is wanted from now on, and nothing else of this mark; copied. */
void announcer_want(struct announcer *a, const struct instances *wanted);

/* Has what is registered listed now, as every 'resync' seconds. */
void announcer_resync(struct announcer *a);

const struct sync *announcer_sync(const struct announcer *a);

#endif
