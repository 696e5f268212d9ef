#include "agent/table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

#define GAP 2             /* columns between two columns */
#define LEFT_OUT SIZE_MAX /* as a width */

static size_t *natural_widths(const struct table *t);
static size_t total_width(const size_t *widths, size_t n);
static size_t fit_widths(size_t *widths, const struct table_column *columns, size_t n, size_t max);
static void print_row(const struct table *t, size_t row, const size_t *widths,
                      const struct paint *p, struct sbuf *out);

void table_begin(struct table *t, const struct table_column *columns, size_t n)
{
    *t = (struct table){.columns = n};
    for (size_t i = 0; i < n; i++)
        table_add_painted(t, PAINT_BOLD, columns[i].heading);
}

void table_add(struct table *t, const char *cell)
{
    table_add_painted(t, PAINT_PLAIN, cell);
}

void table_add_painted(struct table *t, enum paint_colour colour, const char *cell)
{
    struct sbuf b = SBUF_INIT;

    sbuf_add_printable(&b, cell && *cell ? cell : "-");
    t->colours = xgrow(t->colours, t->cells.n, &t->cap, sizeof *t->colours);
    t->colours[t->cells.n] = colour;
    strv_add_take(&t->cells, sbuf_take(&b));
}

void table_print(const struct table *t, struct sbuf *out)
{
    const struct paint plain = {0};
    size_t *widths = natural_widths(t);

    for (size_t i = 0; i < t->cells.n; i += t->columns)
        print_row(t, i, widths, &plain, out);
    free(widths);
}

size_t table_fit(const struct table *t, const struct table_column *columns, const struct paint *p,
                 struct sbuf *out)
{
    size_t *widths = natural_widths(t);
    size_t left_out = p->columns ? fit_widths(widths, columns, t->columns, p->columns) : 0;

    for (size_t i = 0; i < t->cells.n; i += t->columns)
        print_row(t, i, widths, p, out);
    free(widths);
    return left_out;
}

size_t table_width(const struct table *t)
{
    size_t *widths = natural_widths(t), total = total_width(widths, t->columns);

    free(widths);
    return total;
}

size_t table_rows(const struct table *t)
{
    return t->cells.n / t->columns - 1;
}

void table_done(struct table *t)
{
    strv_done(&t->cells);
    free(t->colours);
    *t = (struct table){0};
}

static size_t *natural_widths(const struct table *t)
{
    size_t *widths = xcalloc(t->columns, sizeof *widths);

    for (size_t i = 0; i < t->cells.n; i++) {
        size_t len = strlen(t->cells.v[i]);

        if (len > widths[i % t->columns])
            widths[i % t->columns] = len;
    }
    return widths;
}

static size_t total_width(const size_t *widths, size_t n)
{
    size_t total = 0;

    for (size_t i = 0; i < n; i++)
        if (widths[i] != LEFT_OUT)
            total += widths[i] + (total ? GAP : 0);
    return total;
}

/* The width of the widest column that may be cut further, or NULL. */
static size_t *find_widest(size_t *widths, const struct table_column *columns, size_t n)
{
    size_t *widest = NULL;

    for (size_t i = 0; i < n; i++)
        if (widths[i] != LEFT_OUT && columns[i].min && widths[i] > columns[i].min &&
            (!widest || widths[i] > *widest))
            widest = &widths[i];
    return widest;
}

/* The width of the column that is left out next, or NULL. */
static size_t *find_dispensable(size_t *widths, const struct table_column *columns, size_t n)
{
    size_t last = n;

    for (size_t i = 0; i < n; i++)
        if (widths[i] != LEFT_OUT && columns[i].rank &&
            (last == n || columns[i].rank > columns[last].rank))
            last = i;
    return last == n ? NULL : &widths[last];
}

/* The widest ones give way first, a column at a time. Where all have given what they can, one is
 * left out and the others begin with their own widths again. Returns how many were left out. */
static size_t fit_widths(size_t *widths, const struct table_column *columns, size_t n, size_t max)
{
    size_t *natural = xcalloc(n, sizeof *natural), *width, left_out = 0;

    memcpy(natural, widths, n * sizeof *natural);
    while (total_width(widths, n) > max) {
        width = find_widest(widths, columns, n);
        if (width) {
            --*width;
            continue;
        }
        width = find_dispensable(widths, columns, n);
        if (!width)
            break;
        *width = LEFT_OUT;
        left_out++;
        for (size_t i = 0; i < n; i++)
            if (widths[i] != LEFT_OUT)
                widths[i] = natural[i];
    }
    free(natural);
    return left_out;
}

static void print_row(const struct table *t, size_t row, const size_t *widths,
                      const struct paint *p, struct sbuf *out)
{
    size_t owed = 0; /* blanks before the next cell */

    for (size_t k = 0; k < t->columns; k++) {
        enum paint_colour colour = t->colours[row + k];

        if (widths[k] == LEFT_OUT)
            continue;
        sbuf_addf(out, "%*s", (int)owed, "");
        paint_begin(p, colour, out);
        size_t used = paint_cut(t->cells.v[row + k], widths[k], out);
        paint_end(p, colour, out);
        owed = widths[k] - used + GAP;
    }
    sbuf_addch(out, '\n');
}
