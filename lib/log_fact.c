#include "lib/log_fact.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "lib/xmalloc.h"

#define SEPARATOR '\x1f' /* ASCII's own, between units; formats have none */

static size_t mark_fields(char *format);
static bool is_field(const char *word);
static size_t count_marks(const char *text);
static void split(struct log_fact *f);
static void add_field(struct kvs *fields, char *word);

void log_fact_make(struct log_fact *ret, const char *format, va_list args)
{
    CLEAN(free_str) char *marked = xstrdup(format);
    size_t n = mark_fields(marked);
    va_list again;

    *ret = (struct log_fact){0};
    va_copy(again, args);
    ret->text = xvasprintf(marked, again);
    va_end(again);
    if (count_marks(ret->text) == n) {
        split(ret);
        return;
    }
    /* A value brings a separator of its own: nobody knows which is which. */
    free(ret->text);
    ret->text = xvasprintf(format, args);
}

void log_fact_done(struct log_fact *f)
{
    free(f->text);
    kvs_done(&f->fields);
    f->text = NULL;
}

void log_fact_print(struct sbuf *out, const struct log_fact *f)
{
    sbuf_add_printable(out, f->text);
    for (size_t i = 0; i < f->fields.n; i++) {
        sbuf_addf(out, " %s=", f->fields.v[i].key);
        sbuf_add_printable(out, f->fields.v[i].value);
    }
}

/* Puts a separator before each field at the end of 'format'. Returns how many there are. */
static size_t mark_fields(char *format)
{
    size_t n = 0;

    for (char *blank; (blank = strrchr(format, ' ')) && is_field(blank + 1); n++)
        *blank = '\0';
    for (size_t i = 0; i < n; i++)
        format[strlen(format)] = SEPARATOR;
    return n;
}

static bool is_field(const char *word)
{
    const char *p = word;

    if (!islower((unsigned char)*p))
        return false;
    while (islower((unsigned char)*p) || isdigit((unsigned char)*p) || *p == '-')
        p++;
    return *p == '=';
}

static size_t count_marks(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += *text == SEPARATOR;
    return n;
}

static void split(struct log_fact *f)
{
    char *word = strchr(f->text, SEPARATOR);

    while (word) {
        char *next = strchr(word + 1, SEPARATOR);

        *word++ = '\0';
        if (next)
            *next = '\0';
        add_field(&f->fields, word);
        word = next;
    }
}

static void add_field(struct kvs *fields, char *word)
{
    char *equals = strchr(word, '=');

    if (!equals[1])
        return;
    *equals = '\0';
    kvs_add(fields, word, equals + 1);
}
