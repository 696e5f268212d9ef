/* Services that have just gone from the catalog keep their place in HAProxy for a moment.
 *
 * A service whose last instance restarts would cost two reloads: one without it, one with it. Its
 * backend stays, empty and answering 503, for LINGER_SECONDS. Pure: time is an argument. */
#ifndef LB_TEMPLATE_LINGERING_H
#define LB_TEMPLATE_LINGERING_H

#include "lb-template/route.h"

#define LINGER_SECONDS 10.0

struct lingering {
    struct routes known; /* of the last call, without servers */
    double *until;       /* of each: when it goes; 0: it is in the catalog */
};

/* Adds to 'routes' those of earlier calls that are not in it and whose time is not over, empty and
 * without what others have claimed meanwhile. Returns when the next one will go, 0: none is
 * lingering. 'now' is in seconds. */
double lingering_apply(struct lingering *l, struct routes *routes, double now);

void lingering_done(struct lingering *l);

#endif
