/* consul-template's string functions. The piped value is the last argument. */
#include "lb-template/tmpl/function.h"
#include "lb-template/tmpl/text.h"

#define INDENT_MAX 1000

static int fn_join(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                   struct tmpl_value *ret)
{
    struct tmpl_buf b = TMPL_BUF(&x->arena);
    const struct tmpl_list *l = args[1].list;

    (void)n;
    for (size_t i = 0; i < l->n; i++) {
        if (l->v[i].kind != TMPL_STRING)
            return tmpl_fail(x, "error calling join: member %zu is no string but %s", i,
                             tmpl_type_name(&l->v[i]));
        if (i)
            tmpl_buf_add(&b, args[0].s, args[0].len);
        tmpl_buf_add(&b, l->v[i].s, l->v[i].len);
    }
    *ret = tmpl_buf_value(&b);
    return 0;
}

/* Blanks around the whole are cut off first; nothing gives an empty list. */
static int fn_split(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                    struct tmpl_value *ret)
{
    struct tmpl_value s = tmpl_trim_space(args[1]);

    (void)n;
    struct tmpl_list *l =
        s.len ? tmpl_split(&x->arena, s, args[0], 0) : tmpl_list_new(&x->arena, 0);
    l->elem = TMPL_STRING;
    *ret = tmpl_list_value(l);
    return 0;
}

/* splitToMap "," ":" "a:1,b:2" */
static int fn_split_to_map(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                           struct tmpl_value *ret)
{
    struct tmpl_map *m = tmpl_map_new(&x->arena);
    struct tmpl_value s = tmpl_trim_space(args[2]);
    struct tmpl_list *pairs = tmpl_split(&x->arena, s, args[0], 0);

    (void)n;
    m->elem = TMPL_STRING;
    for (size_t i = 0; s.len && i < pairs->n; i++) {
        struct tmpl_list *pair = tmpl_split(&x->arena, pairs->v[i], args[1], 2);

        if (pair->n)
            tmpl_map_set(&x->arena, m, pair->v[0], pair->n > 1 ? pair->v[1] : tmpl_str("", 0));
    }
    *ret = tmpl_map_value(m);
    return 0;
}

static int fn_trim(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                   struct tmpl_value *ret)
{
    (void)n;
    if (tmpl_charge(x, (args[1].len / 16 + 1) * (args[0].len / 16 + 1)))
        return -1;
    *ret = tmpl_trim(args[1], args[0], true, true);
    return 0;
}

static int fn_trim_prefix(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                          struct tmpl_value *ret)
{
    struct tmpl_value s = args[1];

    (void)x;
    (void)n;
    if (tmpl_has_prefix(&s, &args[0]))
        s = tmpl_str(s.s + args[0].len, s.len - args[0].len);
    *ret = s;
    return 0;
}

static int fn_trim_suffix(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                          struct tmpl_value *ret)
{
    struct tmpl_value s = args[1];

    (void)x;
    (void)n;
    if (tmpl_has_suffix(&s, &args[0]))
        s.len -= args[0].len;
    *ret = s;
    return 0;
}

static int fn_trim_space(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                         struct tmpl_value *ret)
{
    (void)x;
    (void)n;
    *ret = tmpl_trim_space(args[0]);
    return 0;
}

static int fn_to_lower(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                       struct tmpl_value *ret)
{
    (void)n;
    *ret = tmpl_map_case(&x->arena, args[0], false);
    return 0;
}

static int fn_to_upper(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                       struct tmpl_value *ret)
{
    (void)n;
    *ret = tmpl_map_case(&x->arena, args[0], true);
    return 0;
}

static int fn_to_title(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                       struct tmpl_value *ret)
{
    (void)n;
    *ret = tmpl_title(&x->arena, args[0]);
    return 0;
}

static int fn_replace_all(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                          struct tmpl_value *ret)
{
    (void)n;
    *ret = tmpl_replace(&x->arena, args[2], args[0], args[1]);
    return tmpl_charge(x, ret->len / 64);
}

static int fn_indent(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                     struct tmpl_value *ret)
{
    (void)n;
    if (args[0].i < 0 || args[0].i > INDENT_MAX)
        return tmpl_fail(x, "error calling indent: indent value must be 0 to %d", INDENT_MAX);
    *ret = tmpl_indent(&x->arena, args[1], (size_t)args[0].i);
    return 0;
}

const struct tmpl_function tmpl_fn_text[] = {
    {.name = "join", .args = "sl", .call = fn_join},
    {.name = "split", .args = "ss", .call = fn_split},
    {.name = "splitToMap", .args = "sss", .call = fn_split_to_map},
    {.name = "trim", .args = "ss", .call = fn_trim},
    {.name = "trimPrefix", .args = "ss", .call = fn_trim_prefix},
    {.name = "trimSuffix", .args = "ss", .call = fn_trim_suffix},
    {.name = "trimSpace", .args = "s", .call = fn_trim_space},
    {.name = "toLower", .args = "s", .call = fn_to_lower},
    {.name = "toUpper", .args = "s", .call = fn_to_upper},
    {.name = "toTitle", .args = "s", .call = fn_to_title},
    {.name = "replaceAll", .args = "sss", .call = fn_replace_all},
    {.name = "indent", .args = "is", .call = fn_indent},
    {0},
};
