#include "lb-template/tmpl/format.h"

static int format_list(struct tmpl_exec *x, struct tmpl_buf *b, const struct tmpl_list *l,
                       unsigned depth);
static int format_map(struct tmpl_exec *x, struct tmpl_buf *b, struct tmpl_map *m, unsigned depth);

static void format_int(struct tmpl_buf *b, int64_t i)
{
    char digits[24], *p = digits + sizeof digits;
    uint64_t n = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;

    do
        *--p = (char)('0' + n % 10);
    while (n /= 10);
    if (i < 0)
        *--p = '-';
    tmpl_buf_add(b, p, (size_t)(digits + sizeof digits - p));
}

static int format_at(struct tmpl_exec *x, struct tmpl_buf *b, const struct tmpl_value *v,
                     unsigned depth)
{
    char text[TMPL_FLOAT_MAX];

    if (depth > TMPL_VALUE_DEPTH_MAX)
        return tmpl_fail(x, "more than %d lists and maps inside each other", TMPL_VALUE_DEPTH_MAX);
    switch (v->kind) {
    case TMPL_NONE:
    case TMPL_NIL:
        tmpl_buf_adds(b, "<nil>");
        return 0;
    case TMPL_BOOL:
        tmpl_buf_adds(b, v->b ? "true" : "false");
        return 0;
    case TMPL_INT:
        format_int(b, v->i);
        return 0;
    case TMPL_FLOAT:
        tmpl_buf_add(b, text, tmpl_float_format(v->f, 'g', -1, text));
        return 0;
    case TMPL_STRING:
        tmpl_buf_add(b, v->s, v->len);
        return 0;
    case TMPL_LIST:
        return format_list(x, b, v->list, depth);
    case TMPL_MAP:
        return format_map(x, b, v->map, depth);
    case TMPL_OBJECT:
        tmpl_buf_adds(b, "scratch");
        return 0;
    }
    return 0;
}

int tmpl_format_value(struct tmpl_exec *x, struct tmpl_buf *b, const struct tmpl_value *v)
{
    return format_at(x, b, v, 0);
}

static int format_list(struct tmpl_exec *x, struct tmpl_buf *b, const struct tmpl_list *l,
                       unsigned depth)
{
    tmpl_buf_addch(b, '[');
    for (size_t i = 0; i < l->n; i++) {
        if (i)
            tmpl_buf_addch(b, ' ');
        if (tmpl_charge(x, 1) || format_at(x, b, &l->v[i], depth + 1))
            return -1;
    }
    tmpl_buf_addch(b, ']');
    return 0;
}

static int format_map(struct tmpl_exec *x, struct tmpl_buf *b, struct tmpl_map *m, unsigned depth)
{
    tmpl_map_sort(m);
    tmpl_buf_adds(b, m->type ? "{" : "map[");
    for (size_t i = 0; i < m->n; i++) {
        if (i)
            tmpl_buf_addch(b, ' ');
        if (!m->type && format_at(x, b, &m->v[i].key, depth + 1))
            return -1;
        if (!m->type)
            tmpl_buf_addch(b, ':');
        if (tmpl_charge(x, 1) || format_at(x, b, &m->v[i].value, depth + 1))
            return -1;
    }
    tmpl_buf_addch(b, m->type ? '}' : ']');
    return 0;
}

int tmpl_format_print(struct tmpl_exec *x, struct tmpl_buf *b, const struct tmpl_value *args,
                      size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i && args[i].kind != TMPL_STRING && args[i - 1].kind != TMPL_STRING)
            tmpl_buf_addch(b, ' ');
        if (tmpl_format_value(x, b, &args[i]))
            return -1;
    }
    return 0;
}

int tmpl_format_println(struct tmpl_exec *x, struct tmpl_buf *b, const struct tmpl_value *args,
                        size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i)
            tmpl_buf_addch(b, ' ');
        if (tmpl_format_value(x, b, &args[i]))
            return -1;
    }
    tmpl_buf_addch(b, '\n');
    return 0;
}
