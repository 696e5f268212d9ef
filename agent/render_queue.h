/* Dependencies that are to be read, in the order in which they were asked for. Borrows them; one is
 * in at most one queue, and its state says so. */
#ifndef AGENT_RENDER_QUEUE_H
#define AGENT_RENDER_QUEUE_H

#include "agent/render_dep.h"

struct render_queue {
    struct render_dep *first, *last; /* NULL: none */
};

/* Appends 'd', which is idle. */
void render_queue_add(struct render_queue *q, struct render_dep *d);

/* Takes 'd', which is in it, out. */
void render_queue_remove(struct render_queue *q, struct render_dep *d);

/* Takes the first one out. NULL: there is none. */
struct render_dep *render_queue_pop(struct render_queue *q);

#endif
