#include "lb-template/tmpl/printf.h"

#include <ctype.h>

#include "lb-template/tmpl/utf8.h"

static size_t read_directive(struct tmpl_printer *p, const char *s, size_t len);
static int print_arg(struct tmpl_printer *p, const struct tmpl_value *v, unsigned depth);
static int print_go_syntax(struct tmpl_printer *p, const struct tmpl_value *v, unsigned depth);
static int print_extra(struct tmpl_printer *p);

int tmpl_format_printf(struct tmpl_exec *x, struct tmpl_buf *b, const struct tmpl_value *format,
                       const struct tmpl_value *args, size_t n)
{
    struct tmpl_printer p = {.x = x, .b = b, .args = args, .n = n};

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
static int print_extra(struct tmpl_printer *p)
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
static size_t read_size(struct tmpl_printer *p, const char *s, size_t len, int max, const char *bad,
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

static bool set_flag(struct tmpl_directive *d, char c)
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
static size_t read_directive(struct tmpl_printer *p, const char *s, size_t len)
{
    struct tmpl_directive *d = &p->d;
    size_t i = 0;

    *d = (struct tmpl_directive){0};
    while (i < len && set_flag(d, s[i]))
        i++;
    i += read_size(p, s + i, len - i, TMPL_WIDTH_MAX, "%!(BADWIDTH)", &d->has_width, &d->width);
    if (d->width < 0) {
        d->minus = true;
        d->width = -d->width;
    }
    if (i < len && s[i] == '.') {
        bool star = ++i < len && s[i] == '*'; /* a dot alone is a precision of zero */

        i += read_size(p, s + i, len - i, TMPL_PRECISION_MAX, "%!(BADPREC)", &d->has_precision,
                       &d->precision);
        d->has_precision = (d->has_precision || !star) && d->precision >= 0;
    }
    d->zero = d->zero && !d->minus;
    d->verb = s + i;
    if (i < len)
        tmpl_utf8_decode(s + i, len - i, &d->verb_len);
    return i + d->verb_len;
}

/* The verb applies to each member. */
static int print_list(struct tmpl_printer *p, const struct tmpl_list *l, unsigned depth)
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

static int print_map(struct tmpl_printer *p, struct tmpl_map *m, unsigned depth)
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

static int print_arg(struct tmpl_printer *p, const struct tmpl_value *v, unsigned depth)
{
    char verb = *p->d.verb;

    if (depth > TMPL_VALUE_DEPTH_MAX)
        return tmpl_fail(p->x, "more than %d lists and maps inside each other",
                         TMPL_VALUE_DEPTH_MAX);
    if (verb == 'T') {
        tmpl_printf_pad(p, tmpl_type_name(v), strlen(tmpl_type_name(v)));
        return 0;
    }
    if (verb == 'v' && p->d.sharp)
        return print_go_syntax(p, v, depth);
    switch (v->kind) {
    case TMPL_NONE:
    case TMPL_NIL:
    case TMPL_OBJECT:
        if (verb != 'v')
            return tmpl_printf_bad(p, v);
        tmpl_printf_pad(p, "<nil>", 5);
        return 0;
    case TMPL_BOOL:
        if (verb != 'v' && verb != 't')
            return tmpl_printf_bad(p, v);
        tmpl_printf_pad(p, v->b ? "true" : "false", v->b ? 4 : 5);
        return 0;
    case TMPL_INT:
        return tmpl_printf_int(p, v);
    case TMPL_FLOAT:
        return tmpl_printf_float(p, v);
    case TMPL_STRING:
        return tmpl_printf_string(p, v);
    case TMPL_LIST:
        return print_list(p, v->list, depth);
    case TMPL_MAP:
        return print_map(p, v->map, depth);
    }
    return 0;
}

static int print_go_members(struct tmpl_printer *p, const struct tmpl_value *v, unsigned depth)
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
static int print_go_syntax(struct tmpl_printer *p, const struct tmpl_value *v, unsigned depth)
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
