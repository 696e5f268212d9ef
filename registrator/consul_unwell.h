/* Which checks are critical, or in warning, all over the catalog: one answer for each state tells
 * whose health changed. Pure.
 *
 * A node or an instance in maintenance has a critical check, too. */
#ifndef REGISTRATOR_CONSUL_UNWELL_H
#define REGISTRATOR_CONSUL_UNWELL_H

#include <stddef.h>

#include "lib/err.h"
#include "lib/strv.h"

/* Reads /v1/health/state/critical, or warning, into the empty 'ret': one key a check, sorted. */
int consul_unwell_parse(const char *text, size_t len, struct strv *ret, struct err **err);

/* Calls 'on_change' for each check that is in one of both only. 'service' is "" for a
 * check of the whole node. */
void consul_unwell_diff(const struct strv *before, const struct strv *now,
                        void (*on_change)(void *arg, const char *service, const char *node),
                        void *arg);

#endif
