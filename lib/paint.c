#include "lib/paint.h"

#include <string.h>

#define CUT '~'

/* Only what every terminal of the last thirty years knows: no bright colours, no 256. */
static const char *const codes[] = {
    [PAINT_PLAIN] = "",          [PAINT_BOLD] = "\033[1m",    [PAINT_DIM] = "\033[2m",
    [PAINT_GREEN] = "\033[32m",  [PAINT_YELLOW] = "\033[33m", [PAINT_RED] = "\033[31m",
    [PAINT_REVERSE] = "\033[7m",
};

void paint_begin(const struct paint *p, enum paint_colour colour, struct sbuf *out)
{
    if (p->colour)
        sbuf_adds(out, codes[colour]);
}

void paint_end(const struct paint *p, enum paint_colour colour, struct sbuf *out)
{
    if (p->colour && colour != PAINT_PLAIN)
        sbuf_adds(out, "\033[0m");
}

void paint_add(const struct paint *p, enum paint_colour colour, const char *s, struct sbuf *out)
{
    paint_begin(p, colour, out);
    sbuf_add_printable(out, s);
    paint_end(p, colour, out);
}

size_t paint_cut(const char *s, size_t columns, struct sbuf *out)
{
    size_t len = strlen(s);

    if (len <= columns) {
        sbuf_add(out, s, len);
        return len;
    }
    sbuf_add(out, s, columns - 1);
    sbuf_addch(out, CUT);
    return columns;
}

void paint_wrap(const struct paint *p, const char *s, size_t column, size_t indent,
                struct sbuf *out)
{
    while (*s) {
        size_t blanks = strspn(s, " "), word = strcspn(s + blanks, " ");

        if (p->columns && column + blanks + word > p->columns && column > indent && word) {
            sbuf_addf(out, "\n%*s", (int)indent, "");
            column = indent;
            s += blanks;
            blanks = 0;
        }
        sbuf_add(out, s, blanks + word);
        column += blanks + word;
        s += blanks + word;
    }
}
