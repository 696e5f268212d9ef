#include "lb-template/tmpl/node.h"

#include <stdlib.h>

#include "lib/sbuf.h"

#define SHOWN_MAX 160 /* bytes of a line that a message shows */

const struct tmpl_define *tmpl_find(const struct tmpl *t, const struct tmpl_value *name)
{
    const struct tmpl_define *d = t->defines;

    while (d && tmpl_string_cmp(&d->name, name))
        d = d->next;
    return d;
}

/* The line as it is, but for what would move the caret or the terminal. */
static void add_line(struct sbuf *b, const char *line, size_t len)
{
    for (size_t i = 0; i < len; i++)
        sbuf_addch(b, (unsigned char)line[i] < 0x20 || line[i] == 0x7f ? ' ' : line[i]);
}

int tmpl_locate(const struct tmpl *t, uint32_t pos, struct err **err)
{
    CLEAN(sbuf) struct sbuf b = SBUF_INIT;
    size_t line = 1, start = 0, end = pos;

    for (size_t i = 0; i < pos; i++) {
        if (t->text[i] == '\n') {
            line++;
            start = i + 1;
        }
    }
    while (end < t->len && t->text[end] != '\n')
        end++;
    size_t column = pos - start;
    size_t from = column > SHOWN_MAX / 2 ? pos - SHOWN_MAX / 2 : start;
    sbuf_addf(&b, "template: %s:%zu:%zu: %s\n    ", t->name, line, column + 1, err_msg(*err));
    add_line(&b, t->text + from, end - from > SHOWN_MAX ? SHOWN_MAX : end - from);
    sbuf_addf(&b, "\n    %*s^", (int)(pos - from), "");
    int code = err_code(*err);
    err_free(*err);
    *err = NULL;
    return err_set_code(err, code, "%s", sbuf_str(&b));
}
