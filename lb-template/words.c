#include "lb-template/words.h"

#include <stdbool.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/sbuf.h"

const char *words_split(const char *text, struct strv *ret)
{
    CLEAN(sbuf) struct sbuf word = SBUF_INIT;
    bool in_word = false;
    char quote = '\0';
    const char *c = text;

    for (; *c && *c != '\n'; c++) {
        if (*c == '\\' && quote != '\'' && c[1] && c[1] != '\n') {
            sbuf_addch(&word, *++c);
            in_word = true;
        } else if (quote ? *c == quote : *c == '"' || *c == '\'') {
            quote = quote ? '\0' : *c;
            in_word = true; /* "" is a word */
        } else if (!quote && *c == '#') {
            c += strcspn(c, "\n");
            break;
        } else if (!quote && strchr(" \t\r", *c)) {
            if (in_word)
                strv_add(ret, sbuf_str(&word));
            sbuf_clear(&word);
            in_word = false;
        } else {
            sbuf_addch(&word, *c);
            in_word = true;
        }
    }
    if (in_word)
        strv_add(ret, sbuf_str(&word));
    return *c ? c + 1 : NULL;
}
