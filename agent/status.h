/* The document of /v1/state as a table for people. Pure. */
#ifndef AGENT_STATUS_H
#define AGENT_STATUS_H

#include <jansson.h>

#include "lib/sbuf.h"

/* Appends one line per container port: container, its address, the host's address, service, service
 * port or vhost, state in HAProxy; then the problems. */
void status_print(const json_t *state, struct sbuf *out);

#endif
