/* Services that wait to be read, a few at a time.
 *
 * First come, first served. After failures the queue pauses 0.25 s .. 30 s, until one read is good
 * again; what failed is read again. */
#ifndef REGISTRATOR_CONSUL_READS_H
#define REGISTRATOR_CONSUL_READS_H

#include <ev.h>
#include <stddef.h>

#include "registrator/consul_service.h"

#define CONSUL_READS_MAX 8 /* at a time: each takes a connection */

struct consul_reads {
    /* readable */
    size_t waiting;

    /* private */
    struct ev_loop *loop;
    struct consul_service *first, *last;
    size_t running;
    double delay; /* of the last pause; 0: no failure since the last good read */
    ev_timer pause;
};

void consul_reads_init(struct consul_reads *r, struct ev_loop *loop);

/* The services are freed by their owner. */
void consul_reads_done(struct consul_reads *r);

/* Has 's' read, at least as sure as 'consistency' says. */
void consul_reads_add(struct consul_reads *r, struct consul_service *s,
                      enum consul_consistency consistency);

/* 's' is about to be freed. */
void consul_reads_remove(struct consul_reads *r, struct consul_service *s);

/* The read of 's' has ended; its owner's on_read_end() calls this. */
void consul_reads_ended(struct consul_reads *r, struct consul_service *s);

#endif
