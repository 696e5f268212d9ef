#include "agent/render_queue.h"

void render_queue_add(struct render_queue *q, struct render_dep *d)
{
    d->state = RENDER_DEP_QUEUED;
    d->next_queued = NULL;
    *(q->last ? &q->last->next_queued : &q->first) = d;
    q->last = d;
}

void render_queue_remove(struct render_queue *q, struct render_dep *d)
{
    struct render_dep *before = NULL;

    for (struct render_dep *i = q->first; i != d; i = i->next_queued)
        before = i;
    *(before ? &before->next_queued : &q->first) = d->next_queued;
    if (q->last == d)
        q->last = before;
    d->state = RENDER_DEP_IDLE;
}

struct render_dep *render_queue_pop(struct render_queue *q)
{
    struct render_dep *d = q->first;

    if (d)
        render_queue_remove(q, d);
    return d;
}
