/* Why a container port has no host port: a list for those who ask later. Pure. */
#ifndef PORTMAP_REFUSAL_H
#define PORTMAP_REFUSAL_H

#include <stddef.h>
#include <stdint.h>

#include "portmap/mapping.h"

struct refusal {
    struct mapping port; /* the container port */
    char *why;           /* the end of a sentence; owned */
};

struct refusals {
    struct refusal *v;
    size_t n;
    size_t cap;
};

void refusals_done(struct refusals *l);

/* Adds a refusal of the container port 'port'. 'why' is taken over. */
void refusals_add(struct refusals *l, const struct mapping *port, char *why);

/* Why that container port was refused, or NULL where it was not. */
const char *refusals_find(const struct refusals *l, const char *container_id, uint8_t protocol,
                          uint16_t container_port);

#endif
