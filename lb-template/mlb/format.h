/* Placeholders as Python's str.format has them, in the part that templates use: {name}, {{ and }}.
 * Pure. */
#ifndef LB_TEMPLATE_MLB_FORMAT_H
#define LB_TEMPLATE_MLB_FORMAT_H

#include <stddef.h>

#include "lib/err.h"
#include "lib/sbuf.h"

struct mlb_value {
    const char *name;
    const char *value; /* NULL: the template must not ask for it here */
};

/* Appends 'text' with the 'n' 'values' in their places. The error names a placeholder that there
 * is not, or a brace that stands alone; some of the text may have been appended by then. */
int mlb_format(const char *text, const struct mlb_value *values, size_t n, struct sbuf *out,
               struct err **err);

#endif
