/* One id for everything that happens to one run of one container. Pure but for the observer.
 *
 * It is made of the container's id and its start, so another agent, or the same one started anew,
 * makes the same. It rides along as a value: endpoint -> mapping, endpoint -> instance -> registry
 * -> route -> server; log lines carry it as trace=. What is reached is also told to one observer,
 * which measures how long it took: as with the log, who speaks need not know who listens. */
#ifndef LIB_TRACE_H
#define LIB_TRACE_H

#include <stdint.h>

#define TRACE_LEN 8 /* hexadecimal digits */

/* Steps of a run, in the order of a start and of a stop. */
enum trace_step {
    TRACE_STARTED,      /* Docker's event */
    TRACE_MAPPED,       /* a host port leads to it */
    TRACE_REGISTERED,   /* the registry has an instance */
    TRACE_APPLIED,      /* HAProxy sends it traffic */
    TRACE_STOPPING,     /* Docker's event: it has been told to stop, or has ended */
    TRACE_DRAINED,      /* HAProxy sends it nothing new */
    TRACE_DEREGISTERED, /* the registry has no instance */
    TRACE_UNMAPPED,     /* no host port leads to it */
    TRACE_REMOVED,      /* HAProxy has no server for it: its last requests are over */
};
#define TRACE_STEPS (TRACE_REMOVED + 1)

/* The trace of the run of 'container_id' that began at 'started', seconds since the epoch; 0 where
 * 'started' is 0: it is not known. */
uint32_t trace_of_run(const char *container_id, double started);

/* Its digits; "" for 0. Returns 'ret'. */
const char *trace_format(uint32_t trace, char ret[TRACE_LEN + 1]);

/* Reads TRACE_LEN digits; 0 where 'text' is anything else, or NULL. */
uint32_t trace_parse(const char *text);

/* A run has come to 'step'; for the two of Docker's events, 'when' is the event's own time in
 * seconds since the epoch, else 0: now. A trace of 0 is told to nobody. */
void trace_reached(uint32_t trace, enum trace_step step, double when);

/* Has every step told to 'observer'; NULL: nobody. */
void trace_set_observer(void (*observer)(void *arg, uint32_t trace, enum trace_step step,
                                         double when),
                        void *arg);

#endif
