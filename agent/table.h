/* Text in columns, as wide as their widest cell or as the terminal lets them be. Pure. */
#ifndef AGENT_TABLE_H
#define AGENT_TABLE_H

#include "lib/paint.h"
#include "lib/sbuf.h"
#include "lib/strv.h"

/* What becomes of a column where the terminal is too narrow. */
struct table_column {
    const char *heading;
    size_t min;    /* its cells are cut to that many columns at least; 0: they are never cut */
    unsigned rank; /* after that the column with the greatest rank is left out; 0: it never is */
};

struct table {
    size_t columns;
    struct strv cells;          /* row by row; the first row is the heading */
    enum paint_colour *colours; /* of the cells */
    size_t cap;                 /* of 'colours' */
};

/* Begins an empty table of 'n' columns with their headings. */
void table_begin(struct table *t, const struct table_column *columns, size_t n);

/* Adds a cell; "" or NULL shows as "-". Bytes that no terminal should see are escaped. */
void table_add(struct table *t, const char *cell);

/* The same in a colour. */
void table_add_painted(struct table *t, enum paint_colour colour, const char *cell);

/* Appends the rows to 'out', two spaces between columns, none at the end of a line. */
void table_print(const struct table *t, struct sbuf *out);

/* The same in lines of at most 'p->columns', as the 'columns' of table_begin() allow it, and in
 * colours. Returns how many columns were left out. */
size_t table_fit(const struct table *t, const struct table_column *columns, const struct paint *p,
                 struct sbuf *out);

/* How many columns the longest line takes where nothing is cut. */
size_t table_width(const struct table *t);

/* How many rows there are below the heading. */
size_t table_rows(const struct table *t);

void table_done(struct table *t);

#endif
