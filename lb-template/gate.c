#include "lb-template/gate.h"

#include <stdlib.h>

#include "lib/xmalloc.h"

#define APART_MIN 1.0    /* seconds between loads at least */
#define APART_FACTOR 5.0 /* times what the last one took */
#define APART_MAX 30.0   /* seconds, whatever else */
#define OLD_WORKERS 4    /* that are no reason to wait; each one more doubles the time */

bool gate_is_open(const struct gate *g, double now)
{
    return now >= g->open_at;
}

void gate_close(struct gate *g, double now, double seconds, unsigned old_workers)
{
    double apart = seconds * APART_FACTOR > APART_MIN ? seconds * APART_FACTOR : APART_MIN;

    for (unsigned i = OLD_WORKERS; i < old_workers && apart < APART_MAX; i++)
        apart *= 2.;
    g->open_at = now + (apart < APART_MAX ? apart : APART_MAX);
}

void gate_refused(struct gate *g, double now, uint64_t structure, const char *why, double until)
{
    gate_accepted(g);
    gate_close(g, now, 0., 0);
    g->why = xstrdup(why);
    g->structure = structure;
    g->refused_until = until;
}

bool gate_refuses(const struct gate *g, double now, uint64_t structure)
{
    return g->why && g->structure == structure && now < g->refused_until;
}

void gate_accepted(struct gate *g)
{
    free(g->why);
    g->why = NULL;
}

void gate_done(struct gate *g)
{
    gate_accepted(g);
}
