/* How long to wait for the catalog to become quiet before it is acted on.
 *
 * As consul-template's `wait`: each change puts the end off by 'min', but not beyond 'max' after
 * the first one. Pure: time is an argument, in seconds. */
#ifndef LB_TEMPLATE_QUIET_H
#define LB_TEMPLATE_QUIET_H

#include "lib/err.h"

struct quiet {
    double min, max; /* 0, 0: there is no wait */

    double first; /* when the first change of the group came; 0: none is waiting */
};

/* Reads "MIN[:MAX]", as in 250ms:1s or 5s; a number without unit is seconds, "0" is no wait. MAX is
 * 4 * MIN where it is not said. */
int quiet_parse(struct quiet *ret, const char *text, struct err **err);

/* There was a change at 'now'. Returns when it may be acted on: 'now' where there is no wait. */
double quiet_change(struct quiet *q, double now);

/* It is acted on: the next change begins another group. */
void quiet_end(struct quiet *q);

#endif
