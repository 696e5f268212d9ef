/* Text in columns, as wide as their widest cell. */
#ifndef AGENT_TABLE_H
#define AGENT_TABLE_H

#include "lib/sbuf.h"
#include "lib/strv.h"

struct table {
    size_t columns;
    struct strv cells; /* row by row; the first row is the heading */
};

/* Adds a cell; "" or NULL shows as "-". Bytes that no terminal should see are escaped. */
void table_add(struct table *t, const char *cell);

/* Appends the rows to 'out', two spaces between columns, none at the end of a line. */
void table_print(const struct table *t, struct sbuf *out);

void table_done(struct table *t);

#endif
