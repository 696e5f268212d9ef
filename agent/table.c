#include "agent/table.h"

#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

void table_add(struct table *t, const char *cell)
{
    struct sbuf b = SBUF_INIT;

    sbuf_add_printable(&b, cell && *cell ? cell : "-");
    strv_add_take(&t->cells, sbuf_take(&b));
}

void table_print(const struct table *t, struct sbuf *out)
{
    size_t *widths = xcalloc(t->columns, sizeof *widths);

    for (size_t i = 0; i < t->cells.n; i++) {
        size_t len = strlen(t->cells.v[i]);
        if (len > widths[i % t->columns])
            widths[i % t->columns] = len;
    }
    for (size_t i = 0; i < t->cells.n; i++) {
        size_t column = i % t->columns;

        if (column + 1 == t->columns)
            sbuf_addf(out, "%s\n", t->cells.v[i]);
        else
            sbuf_addf(out, "%-*s  ", (int)widths[column], t->cells.v[i]);
    }
    free(widths);
}

void table_done(struct table *t)
{
    strv_done(&t->cells);
}
