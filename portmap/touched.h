/* Host ports whose connections may lead elsewhere now, until conntrack has forgotten those.
 *
 * The kernel walks its whole table for this, milliseconds long: that is done a moment after a pass,
 * so that the instance is registered first. What fails is tried again with the next pass; the
 * mappings work for new connections meanwhile. */
#ifndef PORTMAP_TOUCHED_H
#define PORTMAP_TOUCHED_H

#include <ev.h>
#include <stddef.h>

#include "lib/err.h"
#include "lib/portset.h"
#include "lib/problem.h"
#include "portmap/committed.h"
#include "portmap/flow.h"
#include "portmap/kernel.h"
#include "portmap/mapping.h"

struct touched {
    struct ev_loop *loop;
    const struct committed *committed; /* where connections lead; borrowed */
    struct kernel *kernel;             /* borrowed; NULL until touched_schedule() */
    void (*on_news)(void *arg);
    void *arg;
    struct flow_ports ports; /* since conntrack was flushed last */
    struct err *failed;      /* why it could not be flushed last time, or NULL */
    ev_timer timer;          /* flushes it */
};

/* 'on_news' is called, from the loop, when flushing has begun to fail, or works again: then
 * touched_schedule() has another problem to tell. */
void touched_init(struct touched *t, struct ev_loop *loop, const struct committed *committed,
                  void (*on_news)(void *arg), void *arg);

/* Flushes what is due at once. */
void touched_done(struct touched *t);

/* Every port of 'pool': whatever an agent before us did not come to. */
void touched_add_pool(struct touched *t, const struct portset *pool);

/* The ports that differ between two lists, sorted by key. */
void touched_add_changes(struct touched *t, const struct mapping *now, size_t n_now,
                         const struct mapping *before, size_t n_before);

/* Has 'kernel' forget soon what there is to forget, and adds why it could not last time. */
void touched_schedule(struct touched *t, struct kernel *kernel, struct problems *problems);

#endif
