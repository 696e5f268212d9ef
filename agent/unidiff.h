/* The difference of two texts in the form of `diff -u`. Pure. */
#ifndef AGENT_UNIDIFF_H
#define AGENT_UNIDIFF_H

#include "lib/sbuf.h"

/* Appends what leads from 'old' to 'new', with three lines around each change, under the name
 * 'path'; nothing where they are the same. Where a change is larger than a few thousand lines it is
 * shown as a whole, without looking for lines that stayed. */
void unidiff(const char *path, const char *old, size_t old_len, const char *new, size_t new_len,
             struct sbuf *out);

#endif
