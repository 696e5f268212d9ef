/* The document of /v1/state for people: what is served from container to HAProxy, a line for each
 * way, and what a person should mend. Pure. */
#ifndef AGENT_STATUS_H
#define AGENT_STATUS_H

#include <jansson.h>

#include "lib/paint.h"
#include "lib/sbuf.h"

/* Appends the node, the ports of its containers, servers of other nodes, names in DNS, a line that
 * sums up, and the problems, in lines as wide as 'p' allows. */
void status_print(const json_t *state, const struct paint *p, struct sbuf *out);

#endif
