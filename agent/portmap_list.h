/* `berth portmap list`: the host ports that the kernel serves, whether or not an agent runs. */
#ifndef AGENT_PORTMAP_LIST_H
#define AGENT_PORTMAP_LIST_H

#include <jansson.h>

#include "agent/docker_view.h"
#include "lib/err.h"
#include "lib/sbuf.h"
#include "portmap/kernel.h"

/* Prints to stdout what the kernel has; 'mark' and 'socket' are the configuration's. Docker is
 * asked for the containers' names; without it their ids do. */
int portmap_list_print(unsigned mark, const char *socket, bool as_json, struct err **err);

/* The list as a table for people, and as a document for machines. */
void portmap_list_text(const struct kernel_view *view, const struct docker_view *docker,
                       struct sbuf *out);
json_t *portmap_list_json(const struct kernel_view *view, const struct docker_view *docker);

#endif
