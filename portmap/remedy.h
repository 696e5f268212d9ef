/* What it means that the kernel refuses berth, and what to do about it. Pure.
 *
 * The kernel answers with numbers; each of these is one of few situations, which a person can
 * mend. An error whose code means nothing of the kind is left as it is, and so is every code. */
#ifndef PORTMAP_REMEDY_H
#define PORTMAP_REMEDY_H

#include <stdbool.h>

#include "lib/err.h"

/* Of the conversation with nf_tables, which could not begin: no CAP_NET_ADMIN, no nf_tables. */
void remedy_of_opening(struct err **err);

/* Of a transaction that makes the whole table: somebody else's table, a part of nf_tables that the
 * kernel lacks. */
void remedy_of_table(struct err **err);

/* Will the same be refused again until somebody mends it? */
bool remedy_is_needed(const struct err *err);

#endif
