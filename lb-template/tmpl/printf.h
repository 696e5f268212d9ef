/* What the two halves of Printf share: printf.c reads directives and walks lists and maps,
 * printf_verb.c writes one number, string or truth value. Private to them. */
#ifndef LB_TEMPLATE_TMPL_PRINTF_H
#define LB_TEMPLATE_TMPL_PRINTF_H

#include "lb-template/tmpl/format.h"

#define TMPL_WIDTH_MAX 100000 /* columns; Go stops at a million */
#define TMPL_PRECISION_MAX 500

/* One directive: %[flags][width][.precision]verb */
struct tmpl_directive {
    bool plus, minus, sharp, space, zero;
    bool has_width, has_precision;
    int width, precision;
    const char *verb; /* one character */
    size_t verb_len;
};

/* What is being formatted. */
struct tmpl_printer {
    struct tmpl_exec *x;
    struct tmpl_buf *b;
    const struct tmpl_value *args;
    size_t n, used;
    struct tmpl_directive d;
};

/* Appends 's' filled up to the width. */
void tmpl_printf_pad(struct tmpl_printer *p, const char *s, size_t len);

/* Each applies the verb to a value of its kind. Returns 0, or -1 after tmpl_fail(). */
int tmpl_printf_int(struct tmpl_printer *p, const struct tmpl_value *v);
int tmpl_printf_float(struct tmpl_printer *p, const struct tmpl_value *v);
int tmpl_printf_string(struct tmpl_printer *p, const struct tmpl_value *v);

/* A value that the verb is not for: %!verb(type=value) */
int tmpl_printf_bad(struct tmpl_printer *p, const struct tmpl_value *v);

#endif
