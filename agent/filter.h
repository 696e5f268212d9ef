/* A part of the state document: what somebody asked for, for people and for machines. Pure.
 *
 * The result is a document of the same shape, so that whoever prints one prints the other. */
#ifndef AGENT_FILTER_H
#define AGENT_FILTER_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/strv.h"

/* Patterns of the shell, "web*"; NULL: all. What is shown satisfies each. */
struct filter {
    const char *service;
    const char *container; /* its name, or at least four digits of its id */
    const char *node;      /* who registered it */
};

/* Does it ask for less than everything? */
bool filter_is_set(const struct filter *f);

/* The part of 'state' that 'f' asks for; the caller drops it. It has one member more,
 * "problems_left_out": how many of the problems name nothing of what is left. */
json_t *filter_state(json_t *state, const struct filter *f);

/* Is nothing left of 'state', which filter_state() made? */
bool filter_left_nothing(const json_t *state);

/* Appends to 'ret' the names in 'state', sorted, of one kind: "services", "containers" or "nodes".
 * Returns 0, or -1 where there is no such kind. */
int filter_names(const json_t *state, const char *kind, struct strv *ret);

#endif
