/* The instances of each container, remembered for as long as its endpoints stay as they are.
 *
 * A container's instances follow from its endpoints alone, so that a container more or less costs
 * the work for that one and not for all. What depends on the others, an id that several claim, is
 * decided when they are collected. registrator.c uses it. Pure. */
#ifndef REGISTRATOR_DERIVED_H
#define REGISTRATOR_DERIVED_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/endpoint.h"
#include "lib/problem.h"
#include "lib/strv.h"
#include "registrator/instance.h"
#include "registrator/registrator.h"

struct derived_container;

struct derived {
    /* private */
    struct derived_container *v; /* sorted by container id */
    size_t n;
    bool stale; /* the next update derives all of them anew */
};

void derived_done(struct derived *d);

/* Brings 'd' in step with the 'n' endpoints 'v' of all containers, sorted by endpoint_cmp(). 'tags'
 * are those of every service. Returns whether an instance or a problem is another one now; then
 * what has been collected is void. 'config' and 'tags' are the same in each call, but after
 * derived_forget(). */
bool derived_update(struct derived *d, const struct registrator_config *config,
                    const struct strv *tags, const struct endpoint *v, size_t n);

/* 'config' or 'tags' are others from now on. What has been collected stays until the next update.
 */
void derived_forget(struct derived *d);

/* Appends to 'ret' all instances, sorted by instance_cmp(), ids unique. They are only lent: free
 * the array, and nothing else. What is odd goes to 'problems'. */
void derived_collect(const struct derived *d, struct instances *ret, struct problems *problems);

#endif
