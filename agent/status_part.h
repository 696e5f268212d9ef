/* What `berth status` and `berth top` show in the same way: who answers, how much there is,
 * what is wrong, the colours of states. Pure. The document is that of /v1/state. */
#ifndef AGENT_STATUS_PART_H
#define AGENT_STATUS_PART_H

#include <jansson.h>

#include "agent/row.h"
#include "lib/paint.h"
#include "lib/sbuf.h"

/* Appends the two lines about who answers: node, address, registry; the catalog's age. */
void status_print_head(const json_t *state, const struct paint *p, struct sbuf *out);

/* Appends how many there are of each thing, without a newline. */
void status_print_summary(const json_t *state, const struct paint *p, struct sbuf *out);

/* Appends each problem with what to do. */
void status_print_problems(const json_t *state, const struct paint *p, struct sbuf *out);

/* A colour that goes with the word; it never says more than that. */
enum paint_colour status_colour(enum row_health health);

/* The colour of a name's state in DNS: "written", "refused", "waiting". May be NULL. */
enum paint_colour status_colour_of_name(const char *word);

#endif
