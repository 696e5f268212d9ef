/* Whether an endpoint is registered now, and in which state: what Docker's HEALTHCHECK, `docker
 * pause` and `docker stop` mean for its instance.
 *
 *     being stopped   draining, or not registered (on_kill)
 *     paused          paused
 *     health check    starting, passing, critical; not registered unless it passes, where
 *                     berth.register-when or register_when says "healthy"
 * Pure: a value of the endpoint as it is, without memory. */
#ifndef REGISTRATOR_STANDING_H
#define REGISTRATOR_STANDING_H

#include <stdbool.h>

#include "registrator/instance.h"
#include "registrator/source.h"

#define STANDING_LABEL                                                                             \
    "berth.register-when" /* "healthy" or "started"; label before environment                      \
                           */

/* Prefix of the id of the check that berth feeds with Docker's results; the instance's id follows.
 * STANDING_TTL is the time without news after which it fails. */
#define STANDING_PROBE "berth-health:"
#define STANDING_TTL 600 /* seconds */

/* Is the endpoint of 's' to be registered at all? */
bool standing_registers(const struct source *s);

/* Sets the state of 'i', and appends the check that berth feeds to its probes where the container
 * has a health check. */
void standing_add(const struct source *s, struct instance *i);

#endif
