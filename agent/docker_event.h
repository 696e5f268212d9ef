/* One line of Docker's event stream: JSON in, a value out. Pure.
 *
 * Reads Type, Action, Actor and timeNano, which every API version has; the older top-level status
 * and id are not needed. */
#ifndef AGENT_DOCKER_EVENT_H
#define AGENT_DOCKER_EVENT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/endpoint.h"
#include "lib/err.h"

enum docker_event_kind {
    DOCKER_EVENT_OTHER,     /* nothing that berth acts on */
    DOCKER_EVENT_CONTAINER, /* the container changed: look at it again */
    DOCKER_EVENT_KILL,      /* a signal was sent to the container's first process */
    DOCKER_EVENT_NETWORK,   /* a network was made or removed */
};

struct docker_event {
    enum docker_event_kind kind;
    char container_id[CONTAINER_ID_LEN + 1]; /* of _CONTAINER and _KILL, else "" */
    int signal;                              /* of _KILL */
    bool ends;                               /* of _CONTAINER: its first process has ended */
    double time;                             /* seconds since the epoch, by Docker's clock */
};

/* Parses the 'len' bytes of a line without its newline. Returns 0, or -1 where it is no event. */
int docker_event_parse(const char *line, size_t len, struct docker_event *ret, struct err **err);

#endif
