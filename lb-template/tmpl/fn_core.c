/* What Go's text/template itself has, but for the comparisons. */
#include "lb-template/tmpl/format.h"
#include "lb-template/tmpl/function.h"

#include <ctype.h>

static int fn_print(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                    struct tmpl_value *ret)
{
    struct tmpl_buf b = TMPL_BUF(&x->arena);

    if (tmpl_format_print(x, &b, args, n))
        return -1;
    *ret = tmpl_buf_value(&b);
    return 0;
}

static int fn_println(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    struct tmpl_buf b = TMPL_BUF(&x->arena);

    if (tmpl_format_println(x, &b, args, n))
        return -1;
    *ret = tmpl_buf_value(&b);
    return 0;
}

static int fn_printf(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                     struct tmpl_value *ret)
{
    struct tmpl_buf b = TMPL_BUF(&x->arena);

    if (tmpl_format_printf(x, &b, &args[0], args + 1, n - 1))
        return -1;
    *ret = tmpl_buf_value(&b);
    return 0;
}

static int fn_not(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                  struct tmpl_value *ret)
{
    (void)x;
    (void)n;
    *ret = tmpl_bool(!tmpl_truth(&args[0]));
    return 0;
}

/* `and` and `or` with arguments that are evaluated already: as operands of a pipeline only. */
static int fn_logic(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                    struct tmpl_value *ret)
{
    (void)args;
    (void)ret;
    return tmpl_fail(x, "wrong number of args: want at least 1 got %zu", n);
}

static int fn_len(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                  struct tmpl_value *ret)
{
    (void)n;
    switch (args[0].kind) {
    case TMPL_STRING:
        *ret = tmpl_int(args[0].len);
        return 0;
    case TMPL_LIST:
        *ret = tmpl_int((int64_t)args[0].list->n);
        return 0;
    case TMPL_MAP:
        if (args[0].map->type)
            break;
        *ret = tmpl_int((int64_t)args[0].map->n);
        return 0;
    case TMPL_NONE:
    case TMPL_NIL:
        return tmpl_fail(x, "error calling len: len of untyped nil");
    default:
        break;
    }
    return tmpl_fail(x, "error calling len: len of type %s", tmpl_type_name(&args[0]));
}

/* What a missing key of 'm' gives: the zero of its members. */
static struct tmpl_value zero_of(struct tmpl_exec *x, const struct tmpl_map *m)
{
    if (m->elem == TMPL_STRING)
        return tmpl_str("", 0);
    if (m->elem == TMPL_LIST)
        return tmpl_list_value(tmpl_list_new(&x->arena, 0));
    if (m->elem == TMPL_MAP)
        return tmpl_map_value(tmpl_map_new(&x->arena));
    return tmpl_none();
}

static int check_index(struct tmpl_exec *x, const struct tmpl_value *i, size_t n, const char *what)
{
    if (i->kind <= TMPL_NIL)
        return tmpl_fail(x, "error calling %s: cannot index slice/array with nil", what);
    if (i->kind != TMPL_INT)
        return tmpl_fail(x, "error calling %s: cannot index slice/array with type %s", what,
                         tmpl_type_name(i));
    if (i->i < 0 || (uint64_t)i->i >= n)
        return tmpl_fail(x, "error calling %s: index out of range: %lld", what, (long long)i->i);
    return 0;
}

static int index_one(struct tmpl_exec *x, struct tmpl_value *v, const struct tmpl_value *i)
{
    if (v->kind == TMPL_LIST) {
        if (check_index(x, i, v->list->n, "index"))
            return -1;
        *v = v->list->v[i->i];
        return 0;
    }
    if (v->kind == TMPL_STRING) {
        if (check_index(x, i, v->len, "index"))
            return -1;
        *v = tmpl_int((unsigned char)v->s[i->i]);
        return 0;
    }
    if (v->kind <= TMPL_NIL)
        return tmpl_fail(x, "error calling index: index of untyped nil");
    if (v->kind != TMPL_MAP || v->map->type)
        return tmpl_fail(x, "error calling index: can't index item of type %s", tmpl_type_name(v));
    if (i->kind != v->map->keys)
        return tmpl_fail(x, "error calling index: value has type %s; should be %s",
                         tmpl_type_name(i), v->map->keys == TMPL_INT ? "int" : "string");
    const struct tmpl_value *found = tmpl_map_get(v->map, *i);
    *v = found ? *found : zero_of(x, v->map);
    return 0;
}

static int fn_index(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                    struct tmpl_value *ret)
{
    struct tmpl_value v = args[0];

    if (v.kind <= TMPL_NIL)
        return tmpl_fail(x, "error calling index: index of untyped nil");
    for (size_t i = 1; i < n; i++)
        if (index_one(x, &v, &args[i]))
            return -1;
    *ret = v;
    return 0;
}

/* slice x i j k: x[i:j:k]; the third index bounds nothing that a template could see. */
static int fn_slice(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                    struct tmpl_value *ret)
{
    const struct tmpl_value *v = &args[0];
    size_t len = v->kind == TMPL_STRING ? v->len : v->kind == TMPL_LIST ? v->list->n : 0;
    size_t bounds[3] = {0, len, len};

    if (v->kind <= TMPL_NIL)
        return tmpl_fail(x, "error calling slice: slice of untyped nil");
    if (v->kind != TMPL_STRING && v->kind != TMPL_LIST)
        return tmpl_fail(x, "error calling slice: can't slice item of type %s", tmpl_type_name(v));
    if (n == 4 && v->kind == TMPL_STRING)
        return tmpl_fail(x, "error calling slice: cannot 3-index slice a string");
    for (size_t i = 1; i < n; i++) {
        if (check_index(x, &args[i], len + 1, "slice"))
            return -1;
        bounds[i - 1] = (size_t)args[i].i;
    }
    if (bounds[0] > bounds[1] || (n == 4 && bounds[1] > bounds[2]))
        return tmpl_fail(x, "error calling slice: invalid slice index: %zu > %zu",
                         bounds[0] > bounds[1] ? bounds[0] : bounds[1],
                         bounds[0] > bounds[1] ? bounds[1] : bounds[2]);
    if (v->kind == TMPL_STRING) {
        *ret = tmpl_str(v->s + bounds[0], bounds[1] - bounds[0]);
        return 0;
    }
    struct tmpl_list *l = tmpl_list_new(&x->arena, 0);
    l->elem = v->list->elem;
    l->v = v->list->v + bounds[0];
    l->n = l->cap = bounds[1] - bounds[0];
    *ret = tmpl_list_value(l);
    return 0;
}

static int fn_html(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                   struct tmpl_value *ret)
{
    struct tmpl_buf in = TMPL_BUF(&x->arena), b = TMPL_BUF(&x->arena);

    if (tmpl_format_print(x, &in, args, n))
        return -1;
    for (size_t i = 0; i < in.len && !b.over; i++) {
        char c = in.data[i];
        const char *escape = c == '<'    ? "&lt;"
                             : c == '>'  ? "&gt;"
                             : c == '&'  ? "&amp;"
                             : c == '\'' ? "&#39;"
                             : c == '"'  ? "&#34;"
                             : !c        ? "\xef\xbf\xbd"
                                         : NULL;

        if (escape)
            tmpl_buf_adds(&b, escape);
        else
            tmpl_buf_addch(&b, c);
    }
    *ret = tmpl_buf_value(&b);
    return 0;
}

static int fn_js(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                 struct tmpl_value *ret)
{
    struct tmpl_buf in = TMPL_BUF(&x->arena), b = TMPL_BUF(&x->arena);

    if (tmpl_format_print(x, &in, args, n))
        return -1;
    for (size_t i = 0; i < in.len && !b.over; i++) {
        unsigned char c = (unsigned char)in.data[i];

        if (c == '\\' || c == '\'' || c == '"')
            tmpl_buf_addf(&b, "\\%c", c);
        else if (c < 0x20 || c == '<' || c == '>' || c == '&' || c == '=')
            tmpl_buf_addf(&b, "\\u%04X", c);
        else
            tmpl_buf_addch(&b, (char)c);
    }
    *ret = tmpl_buf_value(&b);
    return 0;
}

static int fn_urlquery(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                       struct tmpl_value *ret)
{
    struct tmpl_buf in = TMPL_BUF(&x->arena), b = TMPL_BUF(&x->arena);

    if (tmpl_format_print(x, &in, args, n))
        return -1;
    for (size_t i = 0; i < in.len && !b.over; i++) {
        unsigned char c = (unsigned char)in.data[i];

        if (c < 0x80 && (isalnum(c) || (c && strchr("-_.~", c))))
            tmpl_buf_addch(&b, (char)c);
        else if (c == ' ')
            tmpl_buf_addch(&b, '+');
        else
            tmpl_buf_addf(&b, "%%%02X", c);
    }
    *ret = tmpl_buf_value(&b);
    return 0;
}

/* executeTemplate NAME [DOT] */
static int fn_execute(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    const struct tmpl_define *d = tmpl_find(x->t, &args[0]);
    const struct tmpl_node *at = x->at;
    struct tmpl_buf outer = x->out;

    if (!d)
        return tmpl_fail(x, "error calling executeTemplate: template \"%.*s\" not defined",
                         (int)args[0].len, args[0].s);
    x->out = (struct tmpl_buf)TMPL_BUF(&x->arena);
    int result = tmpl_exec_define(x, d, n > 1 ? args[1] : tmpl_none());
    *ret = tmpl_buf_value(&x->out);
    x->out = outer;
    x->at = at;
    return result;
}

const struct tmpl_function tmpl_fn_core[] = {
    {.name = "and", .args = "a*", .call = fn_logic},
    {.name = "or", .args = "a*", .call = fn_logic},
    {.name = "not", .args = "a", .call = fn_not},
    {.name = "len", .args = "a", .call = fn_len},
    {.name = "index", .args = "aa*", .call = fn_index},
    {.name = "slice", .args = "aa?aa", .call = fn_slice},
    {.name = "print", .args = "a*", .call = fn_print},
    {.name = "println", .args = "a*", .call = fn_println},
    {.name = "printf", .args = "sa*", .call = fn_printf},
    {.name = "html", .args = "a*", .call = fn_html},
    {.name = "js", .args = "a*", .call = fn_js},
    {.name = "urlquery", .args = "a*", .call = fn_urlquery},
    {.name = "executeTemplate", .args = "sa?", .call = fn_execute},
    {0},
};
