#include "lb-template/tmpl/format.h"

#include <ctype.h>

#include "lb-template/tmpl/utf8.h"

#define WIDTH_MAX 100000 /* columns; Go stops at a million */
#define PRECISION_MAX 500

/* One directive: %[flags][width][.precision]verb */
struct directive {
    bool plus, minus, sharp, space, zero;
    bool has_width, has_precision;
    int width, precision;
    const char *verb; /* one character */
    size_t verb_len;
};

/* What is being formatted. */
struct printer {
    struct tmpl_exec *x;
    struct tmpl_buf *b;
    const struct tmpl_value *args;
    size_t n, used;
    struct directive d;
};

static size_t read_directive(struct printer *p, const char *s, size_t len);
static int print_arg(struct printer *p, const struct tmpl_value *v, unsigned depth);
static int print_bad(struct printer *p, const struct tmpl_value *v);
static int print_go_syntax(struct printer *p, const struct tmpl_value *v, unsigned depth);
static int print_extra(struct printer *p);

int tmpl_format_printf(struct tmpl_exec *x, struct tmpl_buf *b, const struct tmpl_value *format,
                       const struct tmpl_value *args, size_t n)
{
    struct printer p = {.x = x, .b = b, .args = args, .n = n};

    for (size_t i = 0; i < format->len;) {
        const char *percent = memchr(format->s + i, '%', format->len - i);
        size_t plain = percent ? (size_t)(percent - format->s) - i : format->len - i;

        tmpl_buf_add(b, format->s + i, plain);
        i += plain;
        if (!percent)
            break;
        i += 1 + read_directive(&p, percent + 1, format->len - i - 1);
        if (!p.d.verb_len)
            tmpl_buf_adds(b, "%!(NOVERB)");
        else if (*p.d.verb == '%')
            tmpl_buf_addch(b, '%');
        else if (p.used >= n)
            tmpl_buf_addf(b, "%%!%.*s(MISSING)", (int)p.d.verb_len, p.d.verb);
        else if (print_arg(&p, &args[p.used++], 0))
            return -1;
    }
    return p.used < n ? print_extra(&p) : 0;
}

/* Arguments that no verb asked for. */
static int print_extra(struct printer *p)
{
    tmpl_buf_adds(p->b, "%!(EXTRA ");
    for (size_t i = p->used; i < p->n; i++) {
        if (i > p->used)
            tmpl_buf_adds(p->b, ", ");
        tmpl_buf_adds(p->b, tmpl_type_name(&p->args[i]));
        if (p->args[i].kind <= TMPL_NIL)
            continue;
        tmpl_buf_addch(p->b, '=');
        if (tmpl_format_value(p->x, p->b, &p->args[i]))
            return -1;
    }
    tmpl_buf_addch(p->b, ')');
    return 0;
}

/* Digits, or '*' for the next argument. Returns the bytes read. */
static size_t read_size(struct printer *p, const char *s, size_t len, int max, const char *bad,
                        bool *ret_has, int *ret)
{
    size_t i = 0;
    int value = 0;

    if (len && *s == '*') {
        const struct tmpl_value *v = p->used < p->n ? &p->args[p->used++] : NULL;

        *ret_has = v && v->kind == TMPL_INT && v->i >= -max && v->i <= max;
        if (*ret_has)
            *ret = (int)v->i;
        else
            tmpl_buf_adds(p->b, bad);
        return 1;
    }
    for (; i < len && isdigit((unsigned char)s[i]); i++)
        value = value > max ? value : value * 10 + (s[i] - '0');
    *ret_has = i;
    *ret = value > max ? max : value;
    return i;
}

static bool set_flag(struct directive *d, char c)
{
    bool *flag = c == '+'   ? &d->plus
                 : c == '-' ? &d->minus
                 : c == '#' ? &d->sharp
                 : c == ' ' ? &d->space
                 : c == '0' ? &d->zero
                            : NULL;

    if (flag)
        *flag = true;
    return flag;
}

/* Reads what follows the '%' and returns its length. */
static size_t read_directive(struct printer *p, const char *s, size_t len)
{
    struct directive *d = &p->d;
    size_t i = 0;

    *d = (struct directive){0};
    while (i < len && set_flag(d, s[i]))
        i++;
    i += read_size(p, s + i, len - i, WIDTH_MAX, "%!(BADWIDTH)", &d->has_width, &d->width);
    if (d->width < 0) {
        d->minus = true;
        d->width = -d->width;
    }
    if (i < len && s[i] == '.') {
        bool star = ++i < len && s[i] == '*'; /* a dot alone is a precision of zero */

        i += read_size(p, s + i, len - i, PRECISION_MAX, "%!(BADPREC)", &d->has_precision,
                       &d->precision);
        d->has_precision = (d->has_precision || !star) && d->precision >= 0;
    }
    d->zero = d->zero && !d->minus;
    d->verb = s + i;
    if (i < len)
        tmpl_utf8_decode(s + i, len - i, &d->verb_len);
    return i + d->verb_len;
}

/* Appends 's' filled up to the width. */
static void pad(struct printer *p, const char *s, size_t len)
{
    size_t shown = tmpl_utf8_count(s, len), width = (size_t)p->d.width;
    size_t fill = width > shown ? width - shown : 0;

    if (!p->d.minus)
        tmpl_buf_fill(p->b, p->d.zero ? '0' : ' ', fill);
    tmpl_buf_add(p->b, s, len);
    if (p->d.minus)
        tmpl_buf_fill(p->b, ' ', fill);
}

/* A number with a sign: the zeros go behind it. */
static void pad_number(struct printer *p, const char *s, size_t len)
{
    size_t sign = len && (*s == '-' || *s == '+' || *s == ' ');
    bool zero = p->d.zero;

    if (zero && sign && p->d.width) {
        tmpl_buf_add(p->b, s, 1);
        p->d.width--;
        pad(p, s + 1, len - 1);
        p->d.width++;
        return;
    }
    pad(p, s, len);
}

static void print_digits(struct printer *p, int64_t i, unsigned base, bool upper)
{
    const char *names = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char text[PRECISION_MAX + 80], *s = text + sizeof text;
    uint64_t n = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
    struct directive *d = &p->d;
    bool zero = d->zero;
    int least = d->has_precision ? d->precision : 1, digits = 0;

    for (; n || digits < least; digits++, n /= base)
        *--s = names[n % base];
    if (d->has_precision)
        d->zero = false;
    if (d->sharp && (base == 16 || base == 2))
        *--s = base == 2 ? 'b' : upper ? 'X' : 'x';
    if ((d->sharp && base != 10) || *d->verb == 'O') {
        if (*d->verb == 'O')
            *--s = 'o';
        if (base != 8 || *s != '0' || *d->verb == 'O')
            *--s = '0';
    }
    if (i < 0 || d->plus || d->space)
        *--s = i < 0 ? '-' : d->plus ? '+' : ' ';
    pad_number(p, s, (size_t)(text + sizeof text - s));
    d->zero = zero;
}

static void print_char(struct printer *p, int64_t i)
{
    char utf8[4];
    unsigned long rune = i < 0 || i > (int64_t)TMPL_RUNE_MAX ? TMPL_RUNE_BAD : (unsigned long)i;
    size_t len = tmpl_utf8_encode(rune, utf8);
    struct tmpl_buf b = TMPL_BUF(&p->x->arena);

    if (*p->d.verb == 'c') {
        pad(p, utf8, len);
        return;
    }
    if (*p->d.verb == 'U') {
        tmpl_buf_addf(&b, "U+%04lX", (unsigned long)i);
    } else if (rune == '\'' || rune == '"') {
        tmpl_buf_adds(&b, rune == '"' ? "'\"'" : "'\\''");
    } else {
        tmpl_quote(&b, utf8, len, p->d.plus);
        if (b.data)
            b.data[0] = b.data[b.len - 1] = '\'';
    }
    pad(p, b.data ? b.data : "", b.len);
}

static int print_int(struct printer *p, const struct tmpl_value *v)
{
    switch (*p->d.verb) {
    case 'v':
    case 'd':
        print_digits(p, v->i, 10, false);
        return 0;
    case 'b':
        print_digits(p, v->i, 2, false);
        return 0;
    case 'o':
    case 'O':
        print_digits(p, v->i, 8, false);
        return 0;
    case 'x':
    case 'X':
        print_digits(p, v->i, 16, *p->d.verb == 'X');
        return 0;
    case 'c':
    case 'q':
    case 'U':
        print_char(p, v->i);
        return 0;
    default:
        return print_bad(p, v);
    }
}

static int print_float(struct printer *p, const struct tmpl_value *v)
{
    char text[TMPL_FLOAT_MAX + 1];
    char verb = *p->d.verb == 'v' ? 'g' : *p->d.verb == 'F' ? 'f' : *p->d.verb;
    int precision = p->d.has_precision ? p->d.precision : verb == 'g' || verb == 'G' ? -1 : 6;

    if (!strchr("eEfgG", verb))
        return print_bad(p, v);
    size_t len = tmpl_float_format(v->f, verb, precision, text + 1);
    bool sign = text[1] == '-' || text[1] == '+';
    char *s = sign ? text + 1 : text;
    if (!sign)
        text[0] = '+';
    len += !sign;
    if (*s == '+' && !p->d.plus && p->d.space)
        *s = ' ';
    else if (*s == '+' && !p->d.plus && text[1] != '+')
        s++, len--;
    bool zero = p->d.zero;
    p->d.zero = zero && !strpbrk(s, "IN"); /* no zeros before Inf and NaN */
    pad_number(p, s, len);
    p->d.zero = zero;
    return 0;
}

static void print_hex(struct printer *p, const char *s, size_t len)
{
    static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
    const char *digits = *p->d.verb == 'X' ? upper : lower;
    struct tmpl_buf b = TMPL_BUF(&p->x->arena);

    for (size_t i = 0; i < len && !b.over; i++) {
        if (i && p->d.space)
            tmpl_buf_addch(&b, ' ');
        if (p->d.sharp && (!i || p->d.space))
            tmpl_buf_adds(&b, *p->d.verb == 'X' ? "0X" : "0x");
        tmpl_buf_addch(&b, digits[(unsigned char)s[i] >> 4]);
        tmpl_buf_addch(&b, digits[s[i] & 15]);
    }
    pad(p, b.data ? b.data : "", b.len);
}

static int print_string(struct printer *p, const struct tmpl_value *v)
{
    struct tmpl_buf b = TMPL_BUF(&p->x->arena);
    size_t len = v->len;

    if (p->d.has_precision && *p->d.verb != 'x' && *p->d.verb != 'X')
        len = tmpl_utf8_offset(v->s, v->len, (size_t)p->d.precision);
    else if (p->d.has_precision && len > (size_t)p->d.precision)
        len = (size_t)p->d.precision;
    switch (*p->d.verb) {
    case 'v':
    case 's':
        pad(p, v->s, len);
        return 0;
    case 'x':
    case 'X':
        print_hex(p, v->s, len);
        return 0;
    case 'q':
        if (p->d.sharp && !memchr(v->s, '`', len) && !memchr(v->s, '\n', len))
            tmpl_buf_addf(&b, "`%.*s`", (int)len, v->s);
        else
            tmpl_quote(&b, v->s, len, p->d.plus);
        pad(p, b.data ? b.data : "", b.len);
        return 0;
    default:
        return print_bad(p, v);
    }
}

/* The verb applies to each member. */
static int print_list(struct printer *p, const struct tmpl_list *l, unsigned depth)
{
    tmpl_buf_addch(p->b, '[');
    for (size_t i = 0; i < l->n; i++) {
        if (i)
            tmpl_buf_addch(p->b, ' ');
        if (tmpl_charge(p->x, 1) || print_arg(p, &l->v[i], depth + 1))
            return -1;
    }
    tmpl_buf_addch(p->b, ']');
    return 0;
}

static int print_map(struct printer *p, struct tmpl_map *m, unsigned depth)
{
    tmpl_map_sort(m);
    tmpl_buf_adds(p->b, m->type ? "{" : "map[");
    for (size_t i = 0; i < m->n; i++) {
        if (i)
            tmpl_buf_addch(p->b, ' ');
        if (m->type && p->d.plus)
            tmpl_buf_add(p->b, m->v[i].key.s, m->v[i].key.len);
        else if (!m->type && print_arg(p, &m->v[i].key, depth + 1))
            return -1;
        if (!m->type || p->d.plus)
            tmpl_buf_addch(p->b, ':');
        if (tmpl_charge(p->x, 1) || print_arg(p, &m->v[i].value, depth + 1))
            return -1;
    }
    tmpl_buf_addch(p->b, m->type ? '}' : ']');
    return 0;
}

static int print_arg(struct printer *p, const struct tmpl_value *v, unsigned depth)
{
    char verb = *p->d.verb;

    if (depth > TMPL_VALUE_DEPTH_MAX)
        return tmpl_fail(p->x, "more than %d lists and maps inside each other",
                         TMPL_VALUE_DEPTH_MAX);
    if (verb == 'T') {
        pad(p, tmpl_type_name(v), strlen(tmpl_type_name(v)));
        return 0;
    }
    if (verb == 'v' && p->d.sharp)
        return print_go_syntax(p, v, depth);
    switch (v->kind) {
    case TMPL_NONE:
    case TMPL_NIL:
    case TMPL_OBJECT:
        if (verb != 'v')
            return print_bad(p, v);
        pad(p, "<nil>", 5);
        return 0;
    case TMPL_BOOL:
        if (verb != 'v' && verb != 't')
            return print_bad(p, v);
        pad(p, v->b ? "true" : "false", v->b ? 4 : 5);
        return 0;
    case TMPL_INT:
        return print_int(p, v);
    case TMPL_FLOAT:
        return print_float(p, v);
    case TMPL_STRING:
        return print_string(p, v);
    case TMPL_LIST:
        return print_list(p, v->list, depth);
    case TMPL_MAP:
        return print_map(p, v->map, depth);
    }
    return 0;
}

/* %!verb(type=value) */
static int print_bad(struct printer *p, const struct tmpl_value *v)
{
    tmpl_buf_addf(p->b, "%%!%.*s(%s", (int)p->d.verb_len, p->d.verb, tmpl_type_name(v));
    if (v->kind > TMPL_NIL) {
        tmpl_buf_addch(p->b, '=');
        if (tmpl_format_value(p->x, p->b, v))
            return -1;
    }
    tmpl_buf_addch(p->b, ')');
    return 0;
}

static int print_go_members(struct printer *p, const struct tmpl_value *v, unsigned depth)
{
    struct tmpl_map *m = v->kind == TMPL_MAP ? v->map : NULL;
    size_t n = m ? m->n : v->list->n;

    if (m)
        tmpl_map_sort(m);
    tmpl_buf_addf(p->b, "%s{", tmpl_type_name(v));
    for (size_t i = 0; i < n; i++) {
        if (i)
            tmpl_buf_adds(p->b, ", ");
        if (m && m->type)
            tmpl_buf_add(p->b, m->v[i].key.s, m->v[i].key.len);
        else if (m && print_go_syntax(p, &m->v[i].key, depth + 1))
            return -1;
        if (m)
            tmpl_buf_addch(p->b, ':');
        if (tmpl_charge(p->x, 1) ||
            print_go_syntax(p, m ? &m->v[i].value : &v->list->v[i], depth + 1))
            return -1;
    }
    tmpl_buf_addch(p->b, '}');
    return 0;
}

/* %#v */
static int print_go_syntax(struct printer *p, const struct tmpl_value *v, unsigned depth)
{
    if (depth > TMPL_VALUE_DEPTH_MAX)
        return tmpl_fail(p->x, "more than %d lists and maps inside each other",
                         TMPL_VALUE_DEPTH_MAX);
    if (v->kind == TMPL_LIST || v->kind == TMPL_MAP)
        return print_go_members(p, v, depth);
    if (v->kind == TMPL_STRING) {
        tmpl_quote(p->b, v->s, v->len, false);
        return 0;
    }
    if (v->kind <= TMPL_NIL && depth) {
        tmpl_buf_adds(p->b, "interface {}(nil)");
        return 0;
    }
    return tmpl_format_value(p->x, p->b, v);
}
