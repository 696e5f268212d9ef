#include "lb-template/gate.h"

#define APART_MIN 1.0    /* seconds between reloads at least */
#define APART_FACTOR 5.0 /* times what the last one took */
#define APART_MAX 30.0   /* seconds, whatever else */
#define OLD_WORKERS 4    /* that are no reason to wait; each one more doubles the time */

bool gate_is_open(const struct gate *g, double now)
{
    return now >= g->open_at;
}

void gate_passed(struct gate *g, double now, double seconds, unsigned old_workers)
{
    double apart = seconds * APART_FACTOR > APART_MIN ? seconds * APART_FACTOR : APART_MIN;

    for (unsigned i = OLD_WORKERS; i < old_workers && apart < APART_MAX; i++)
        apart *= 2.;
    g->open_at = now + (apart < APART_MAX ? apart : APART_MAX);
}
