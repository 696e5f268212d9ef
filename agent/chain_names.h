/* The names in DNS that lead to a backend, as a step of a chain (chain.h). Pure. */
#ifndef AGENT_CHAIN_NAMES_H
#define AGENT_CHAIN_NAMES_H

#include <jansson.h>

/* Adds a step for each name of "dns" in 'doc' that is the backend's: one of its virtual hosts, or
 * made of its service's name. */
void chain_add_names(json_t *part, const json_t *doc, const json_t *backend);

#endif
