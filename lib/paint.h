/* Text for a terminal's eyes: colours, and lines that end where the terminal does. Pure.
 *
 * Foreign text is shown as ASCII, each other byte as \xNN: no escape sequence, no text that runs
 * backwards and no letter that only looks like another one reaches a terminal, and one byte is one
 * column. Whether there is a terminal is lib/term.h's business. */
#ifndef LIB_PAINT_H
#define LIB_PAINT_H

#include <stdbool.h>

#include "lib/sbuf.h"

/* How it is printed. */
struct paint {
    size_t columns; /* of a line; 0: as many as it takes */
    bool colour;
};

enum paint_colour {
    PAINT_PLAIN,
    PAINT_BOLD,
    PAINT_DIM,
    PAINT_GREEN,
    PAINT_YELLOW,
    PAINT_RED,
    PAINT_REVERSE,
};

/* Appends what begins 'colour'; nothing where there are no colours. */
void paint_begin(const struct paint *p, enum paint_colour colour, struct sbuf *out);

/* Appends what ends 'colour'. */
void paint_end(const struct paint *p, enum paint_colour colour, struct sbuf *out);

/* Appends the foreign text 's' in 'colour'. */
void paint_add(const struct paint *p, enum paint_colour colour, const char *s, struct sbuf *out);

/* Appends 's', which is printable, in at most 'columns' columns, more than none: what is cut ends
 * with '~'. Returns how many it took. */
size_t paint_cut(const char *s, size_t columns, struct sbuf *out);

/* Appends 's', which is printable, in lines of at most 'p->columns' that are broken at blanks; the
 * lines after the first one begin with 'indent' blanks. A word that is longer than a line stays in
 * one piece. 'column' is where 's' begins. No newline is appended at the end. */
void paint_wrap(const struct paint *p, const char *s, size_t column, size_t indent,
                struct sbuf *out);

#endif
