/* Names that resemble one that was mistyped. Pure. */
#ifndef AGENT_NEAR_H
#define AGENT_NEAR_H

#include "lib/strv.h"

#define NEAR_MAX 5 /* names that are suggested */

/* Appends the names of 'all' that resemble 'name' to the empty 'ret', the nearest first: those that
 * differ in few letters (two that are exchanged count as one), or of which one begins the other. */
void near_find(const struct strv *all, const char *name, struct strv *ret);

#endif
