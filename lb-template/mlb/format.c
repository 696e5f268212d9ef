#include "lb-template/mlb/format.h"

#include <string.h>

#define SHOWN_MAX 40 /* bytes of a placeholder that an error shows */

static const char *find(const char *name, size_t len, const struct mlb_value *values, size_t n);
static int refuse(const char *name, size_t len, struct err **err);

int mlb_format(const char *text, const struct mlb_value *values, size_t n, struct sbuf *out,
               struct err **err)
{
    while (*text) {
        size_t plain = strcspn(text, "{}");

        sbuf_add(out, text, plain);
        text += plain;
        if (!*text)
            return 0;
        if (text[0] == text[1]) {
            sbuf_addch(out, *text);
            text += 2;
            continue;
        }
        if (*text == '}')
            return err_set(err, "a \"}\" stands alone: write \"}}\" for a brace");
        size_t len = strcspn(++text, "{}");
        if (text[len] != '}')
            return err_set(err, "a \"{\" is not closed: write \"{{\" for a brace");
        const char *value = find(text, len, values, n);
        if (!value)
            return refuse(text, len, err);
        sbuf_adds(out, value);
        text += len + 1;
    }
    return 0;
}

static const char *find(const char *name, size_t len, const struct mlb_value *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strncmp(values[i].name, name, len) && !values[i].name[len])
            return values[i].value;
    return NULL;
}

static int refuse(const char *name, size_t len, struct err **err)
{
    CLEAN(sbuf) struct sbuf shown = SBUF_INIT;
    CLEAN(sbuf) struct sbuf cut = SBUF_INIT;

    sbuf_add(&cut, name, len < SHOWN_MAX ? len : SHOWN_MAX);
    sbuf_add_printable(&shown, sbuf_str(&cut));
    return err_set(err, "there is no value for {%s} here", sbuf_str(&shown));
}
