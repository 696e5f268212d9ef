/* Host ports that were freed a moment ago and rest before they lead to another container.
 *
 * Pure; time is ev time in seconds. Others still hold the old address in caches and connections.
 * The kernel keeps the list, too (set quarantine, elements with a timeout), so that it outlives the
 * agent; element.h translates. */
#ifndef PORTMAP_QUARANTINE_H
#define PORTMAP_QUARANTINE_H

#include <stddef.h>
#include <stdint.h>

struct rest {
    uint8_t protocol;
    uint16_t host_port;
    double ends;
};

struct quarantine {
    struct rest *v; /* sorted by protocol, then port; owned */
    size_t n;
    size_t cap;
};

void quarantine_done(struct quarantine *q);

/* Lets the port rest until 'ends'; where it rests already, that is its end from now on. */
void quarantine_add(struct quarantine *q, uint8_t protocol, uint16_t host_port, double ends);

void quarantine_remove(struct quarantine *q, uint8_t protocol, uint16_t host_port);

/* The port's rest, or NULL. */
const struct rest *quarantine_find(const struct quarantine *q, uint8_t protocol,
                                   uint16_t host_port);

/* Drops every rest that has ended. */
void quarantine_expire(struct quarantine *q, double now);

/* When the next rest ends; 0: none rests. */
double quarantine_next_end(const struct quarantine *q);

#endif
