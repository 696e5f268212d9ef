/* How often HAProxy may be reloaded: the first time at once, then seldom enough for old workers to
 * finish. Pure: time is an argument. */
#ifndef LB_TEMPLATE_GATE_H
#define LB_TEMPLATE_GATE_H

#include <stdbool.h>

struct gate {
    double open_at; /* the time of the next reload at the earliest; 0: any time */
};

bool gate_is_open(const struct gate *g, double now);

/* A reload or a start ended at 'now' after 'seconds', with 'old_workers' still at work. */
void gate_passed(struct gate *g, double now, double seconds, unsigned old_workers);

#endif
