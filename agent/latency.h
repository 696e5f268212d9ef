/* How long each step of a container's way takes, from Docker's event on. Pure.
 *
 * Fed with what trace_reached() tells. A run is measured from its start event, and once more from
 * the event that began its end; each step of it counts once, when the first of its ports is there.
 * Runs that no event has announced are not measured: nobody knows how long they have waited. */
#ifndef AGENT_LATENCY_H
#define AGENT_LATENCY_H

#include <stdint.h>

#include "lib/sbuf.h"
#include "lib/trace.h"

#define LATENCY_RUNS 2048 /* that are remembered; the oldest are forgotten */

struct latency;

/* Events before 'since', seconds since the epoch, count as none: what Docker repeats of them at the
 * start may have been served by an agent before this one. */
struct latency *latency_new(double since);
void latency_free(struct latency *l);

/* As an observer of lib/trace.h is told, at 'now', seconds since the epoch. */
void latency_note(struct latency *l, uint32_t trace, enum trace_step step, double when, double now);

/* Appends berth_stage_latency_seconds, a histogram for each step. */
void latency_print(const struct latency *l, struct sbuf *out);

#endif
