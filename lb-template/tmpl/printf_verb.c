#include "lb-template/tmpl/printf.h"

#include "lb-template/tmpl/utf8.h"

void tmpl_printf_pad(struct tmpl_printer *p, const char *s, size_t len)
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
static void pad_number(struct tmpl_printer *p, const char *s, size_t len)
{
    size_t sign = len && (*s == '-' || *s == '+' || *s == ' ');
    bool zero = p->d.zero;

    if (zero && sign && p->d.width) {
        tmpl_buf_add(p->b, s, 1);
        p->d.width--;
        tmpl_printf_pad(p, s + 1, len - 1);
        p->d.width++;
        return;
    }
    tmpl_printf_pad(p, s, len);
}

static void print_digits(struct tmpl_printer *p, int64_t i, unsigned base, bool upper)
{
    const char *names = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char text[TMPL_PRECISION_MAX + 80], *s = text + sizeof text;
    uint64_t n = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
    struct tmpl_directive *d = &p->d;
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

static void print_char(struct tmpl_printer *p, int64_t i)
{
    char utf8[4];
    unsigned long rune = i < 0 || i > (int64_t)TMPL_RUNE_MAX ? TMPL_RUNE_BAD : (unsigned long)i;
    size_t len = tmpl_utf8_encode(rune, utf8);
    struct tmpl_buf b = TMPL_BUF(&p->x->arena);

    if (*p->d.verb == 'c') {
        tmpl_printf_pad(p, utf8, len);
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
    tmpl_printf_pad(p, b.data ? b.data : "", b.len);
}

int tmpl_printf_int(struct tmpl_printer *p, const struct tmpl_value *v)
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
        return tmpl_printf_bad(p, v);
    }
}

int tmpl_printf_float(struct tmpl_printer *p, const struct tmpl_value *v)
{
    char text[TMPL_FLOAT_MAX + 1];
    char verb = *p->d.verb == 'v' ? 'g' : *p->d.verb == 'F' ? 'f' : *p->d.verb;
    int precision = p->d.has_precision ? p->d.precision : verb == 'g' || verb == 'G' ? -1 : 6;

    if (!strchr("eEfgG", verb))
        return tmpl_printf_bad(p, v);
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

static void print_hex(struct tmpl_printer *p, const char *s, size_t len)
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
    tmpl_printf_pad(p, b.data ? b.data : "", b.len);
}

int tmpl_printf_string(struct tmpl_printer *p, const struct tmpl_value *v)
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
        tmpl_printf_pad(p, v->s, len);
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
        tmpl_printf_pad(p, b.data ? b.data : "", b.len);
        return 0;
    default:
        return tmpl_printf_bad(p, v);
    }
}

int tmpl_printf_bad(struct tmpl_printer *p, const struct tmpl_value *v)
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
