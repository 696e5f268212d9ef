/* Is what a registry says too bad to be true? Pure. */
#ifndef REGISTRATOR_GUARD_H
#define REGISTRATOR_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include "registrator/instance.h"

/* Must an answer be confirmed by the registry's leader before it is believed? Yes where more than
 * half of the 'had' members, and at least three, are 'lost' at once; and where all are lost while
 * 'doubted' says that something went wrong just before. */
bool guard_suspects(size_t had, size_t lost, bool doubted);

/* How many of 'before' are not in 'now'. Both are sorted by instance_cmp(). */
size_t guard_count_lost(const struct instances *before, const struct instances *now);

#endif
