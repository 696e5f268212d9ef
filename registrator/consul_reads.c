#include "registrator/consul_reads.h"

#define DELAY_MIN 0.25 /* seconds of the first pause */
#define DELAY_MAX 30.  /* seconds of a pause at the most */

static void run(struct consul_reads *r);
static struct consul_service *pop(struct consul_reads *r);
static void set_pause(struct consul_reads *r);
static void on_pause_over(struct ev_loop *loop, ev_timer *w, int events);

void consul_reads_init(struct consul_reads *r, struct ev_loop *loop)
{
    *r = (struct consul_reads){.loop = loop};
    ev_timer_init(&r->pause, on_pause_over, 0., 0.);
    r->pause.data = r;
}

void consul_reads_done(struct consul_reads *r)
{
    ev_timer_stop(r->loop, &r->pause);
}

void consul_reads_add(struct consul_reads *r, struct consul_service *s,
                      enum consul_consistency consistency)
{
    if (!s->queued) {
        s->queued = true;
        s->consistency = consistency;
        s->next = NULL;
        *(r->last ? &r->last->next : &r->first) = s;
        r->last = s;
        r->waiting++;
    } else if (consistency > s->consistency) {
        s->consistency = consistency;
    }
    run(r);
}

void consul_reads_remove(struct consul_reads *r, struct consul_service *s)
{
    struct consul_service *before = NULL;

    if (consul_service_is_reading(s))
        r->running--;
    if (!s->queued)
        return;
    for (struct consul_service *i = r->first; i != s; i = i->next)
        before = i;
    *(before ? &before->next : &r->first) = s->next;
    if (r->last == s)
        r->last = before;
    s->queued = false;
    r->waiting--;
}

void consul_reads_ended(struct consul_reads *r, struct consul_service *s)
{
    r->running--;
    if (s->failing) {
        set_pause(r);
        consul_reads_add(r, s, s->consistency); /* that of the read that failed */
        return;
    }
    r->delay = 0.;
    run(r);
}

static void run(struct consul_reads *r)
{
    struct consul_service *s;

    while (r->running < CONSUL_READS_MAX && !ev_is_active(&r->pause) && (s = pop(r))) {
        r->running++;
        consul_service_read(s, s->consistency);
    }
}

/* The first one that is not being read; one that is comes again when its read ends. */
static struct consul_service *pop(struct consul_reads *r)
{
    struct consul_service *before = NULL, *s = r->first;

    while (s && consul_service_is_reading(s)) {
        before = s;
        s = s->next;
    }
    if (!s)
        return NULL;
    *(before ? &before->next : &r->first) = s->next;
    if (r->last == s)
        r->last = before;
    s->queued = false;
    r->waiting--;
    return s;
}

static void set_pause(struct consul_reads *r)
{
    if (ev_is_active(&r->pause))
        return;
    r->delay = r->delay == 0. ? DELAY_MIN : r->delay * 2. < DELAY_MAX ? r->delay * 2. : DELAY_MAX;
    ev_timer_set(&r->pause, r->delay, 0.);
    ev_timer_start(r->loop, &r->pause);
}

static void on_pause_over(struct ev_loop *loop, ev_timer *w, int events)
{
    (void)loop;
    (void)events;
    run(w->data);
}
