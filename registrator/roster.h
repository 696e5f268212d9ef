/* Instances of one node, sorted by id: a list whose members come and go one at a time.
 *
 * It is a plain 'struct instances' in another order than instance_cmp()'s; ids are unique. */
#ifndef REGISTRATOR_ROSTER_H
#define REGISTRATOR_ROSTER_H

#include <stdbool.h>

#include "registrator/instance.h"

/* Makes 'roster' a copy of 'list'. */
void roster_fill(struct instances *roster, const struct instances *list);

/* Adds the instances of 'list', whose ids are none of its own. They are only lent: roster_return()
 * ends that, for all, and roster_leave_out() for one; nothing else changes such a roster. */
void roster_lend(struct instances *roster, const struct instances *list);
void roster_leave_out(struct instances *roster, const char *id);
void roster_return(struct instances *roster);

/* The instance with 'id', or NULL. */
const struct instance *roster_find(const struct instances *roster, const char *id);

/* Adds a copy of 'i', or replaces the one with its id. */
void roster_put(struct instances *roster, const struct instance *i);

/* Removes the instance with 'id' where it is. */
void roster_remove(struct instances *roster, const char *id);

/* By id, for diff_sorted(). */
int roster_cmp(const void *a, const void *b);

/* Is there an instance of that container port? */
bool roster_has_port(const struct instances *roster, const char *container_id, uint8_t protocol,
                     uint16_t container_port);

#endif
