/* Marathon's apps -> service instances, for a load balancer whose nodes run no berth. Pure.
 *
 * A task is read as the node would read its container: the same names, labels and Meta
 * (registrator/metadata.h), so that a cluster can change over node by node. Each app's instances
 * are remembered: a changed task costs the work for its app, and touches only the services that it
 * has or had. */
#ifndef AGENT_MARATHON_SOURCE_H
#define AGENT_MARATHON_SOURCE_H

#include <stddef.h>

#include "lib/marathon_app.h"
#include "lib/problem.h"
#include "lib/strv.h"
#include "registrator/catalog.h"
#include "registrator/instance.h"

struct marathon_source_app; /* one app's instances */

struct marathon_source {
    const char *scheme;     /* of lib/marathon_env.h; borrowed */
    struct catalog catalog; /* readable: what runs. It may be set, to what a file says of earlier,
                               before the first update */

    /* private */
    struct marathon_source_app *v; /* sorted by id */
    size_t n;
    size_t cap;
};

void marathon_source_done(struct marathon_source *s);

/* Brings app 'id' in step with 'apps', or all of them where it is NULL. 'now' is seconds since
 * 1970. Returns when an app is to be looked at again though nothing was said of it, as 'now' is
 * counted; 0: never. */
double marathon_source_update(struct marathon_source *s, const struct marathon_apps *apps,
                              const char *id, double now);

/* Looks again at the apps whose time has come by 'now'. Returns as marathon_source_update(). */
double marathon_source_again(struct marathon_source *s, const struct marathon_apps *apps,
                             double now);

/* Adds what is odd. */
void marathon_source_report(const struct marathon_source *s, struct problems *problems);

/* Appends the instances of one app, in the tasks' order. Returns as marathon_source_update(). */
double marathon_source_read(const struct marathon_app *app, const char *scheme, double now,
                            struct instances *ret, struct problems *problems);

#endif
