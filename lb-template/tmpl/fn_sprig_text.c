/* sprig's string functions. The piped value is the last argument. */
#include "lb-template/tmpl/convert.h"
#include "lb-template/tmpl/format.h"
#include "lb-template/tmpl/function.h"
#include "lb-template/tmpl/text.h"

#define INDENT_MAX 1000
#define REPEAT_MAX 1000000

static int fn_trim(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                   struct tmpl_value *ret)
{
    (void)x;
    (void)n;
    *ret = tmpl_trim_space(args[0]);
    return 0;
}

static int fn_trim_all(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                       struct tmpl_value *ret)
{
    (void)n;
    *ret = tmpl_trim(args[1], args[0], true, true);
    return tmpl_charge(x, (args[1].len / 16 + 1) * (args[0].len / 16 + 1));
}

static int fn_trim_prefix(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                          struct tmpl_value *ret)
{
    size_t cut = tmpl_has_prefix(&args[1], &args[0]) ? args[0].len : 0;

    (void)x;
    (void)n;
    *ret = tmpl_str(args[1].s + cut, args[1].len - cut);
    return 0;
}

static int fn_trim_suffix(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                          struct tmpl_value *ret)
{
    size_t cut = tmpl_has_suffix(&args[1], &args[0]) ? args[0].len : 0;

    (void)x;
    (void)n;
    *ret = tmpl_str(args[1].s, args[1].len - cut);
    return 0;
}

static int fn_upper(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                    struct tmpl_value *ret)
{
    (void)n;
    *ret = tmpl_map_case(&x->arena, args[0], true);
    return 0;
}

static int fn_lower(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                    struct tmpl_value *ret)
{
    (void)n;
    *ret = tmpl_map_case(&x->arena, args[0], false);
    return 0;
}

static int fn_title(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                    struct tmpl_value *ret)
{
    (void)n;
    *ret = tmpl_title(&x->arena, args[0]);
    return 0;
}

static int fn_repeat(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                     struct tmpl_value *ret)
{
    struct tmpl_buf b = TMPL_BUF(&x->arena);

    (void)n;
    if (args[0].i < 0 || args[0].i > REPEAT_MAX)
        return tmpl_fail(x, "error calling sprig_repeat: the count must be 0 to %d", REPEAT_MAX);
    if (tmpl_charge(x, (uint64_t)args[0].i))
        return -1;
    for (int64_t i = 0; i < args[0].i && !b.over; i++)
        tmpl_buf_add(&b, args[1].s, args[1].len);
    *ret = tmpl_buf_value(&b);
    return 0;
}

/* substr FROM TO STRING, in bytes; a negative TO is the end. */
static int fn_substr(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                     struct tmpl_value *ret)
{
    int64_t from = args[0].i < 0 ? 0 : args[0].i, to = args[1].i, len = args[2].len;

    (void)x;
    (void)n;
    if (to < 0 || to > len)
        to = len;
    if (from > to)
        from = to;
    *ret = tmpl_str(args[2].s + from, (size_t)(to - from));
    return 0;
}

/* trunc N STRING: the first N bytes, or the last -N. */
static int fn_trunc(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                    struct tmpl_value *ret)
{
    int64_t count = args[0].i, len = args[1].len;

    (void)x;
    (void)n;
    if (count >= 0)
        *ret = tmpl_str(args[1].s, (size_t)(count < len ? count : len));
    else
        *ret = count < -len ? args[1] : tmpl_str(args[1].s + len + count, (size_t)-count);
    return 0;
}

static int fn_contains(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                       struct tmpl_value *ret)
{
    (void)n;
    *ret = tmpl_bool(tmpl_contains(&args[1], &args[0]));
    return tmpl_charge(x, args[1].len / 64);
}

static int fn_has_prefix(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                         struct tmpl_value *ret)
{
    (void)x;
    (void)n;
    *ret = tmpl_bool(tmpl_has_prefix(&args[1], &args[0]));
    return 0;
}

static int fn_has_suffix(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                         struct tmpl_value *ret)
{
    (void)x;
    (void)n;
    *ret = tmpl_bool(tmpl_has_suffix(&args[1], &args[0]));
    return 0;
}

/* Each argument in quotes, with a blank between them; nil is left out. */
static int quote_all(struct tmpl_exec *x, const struct tmpl_value *args, size_t n, bool single,
                     struct tmpl_value *ret)
{
    struct tmpl_buf b = TMPL_BUF(&x->arena);

    for (size_t i = 0; i < n; i++) {
        struct tmpl_value s;

        if (args[i].kind <= TMPL_NIL)
            continue;
        if (tmpl_to_string(x, &args[i], &s))
            return -1;
        tmpl_buf_adds(&b, b.len ? " " : "");
        if (!single) {
            tmpl_quote(&b, s.s, s.len, false);
            continue;
        }
        tmpl_buf_addch(&b, '\'');
        tmpl_buf_add(&b, s.s, s.len);
        tmpl_buf_addch(&b, '\'');
    }
    *ret = tmpl_buf_value(&b);
    return 0;
}

static int fn_quote(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                    struct tmpl_value *ret)
{
    return quote_all(x, args, n, false, ret);
}

static int fn_squote(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                     struct tmpl_value *ret)
{
    return quote_all(x, args, n, true, ret);
}

static int fn_cat(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                  struct tmpl_value *ret)
{
    struct tmpl_buf b = TMPL_BUF(&x->arena);

    for (size_t i = 0; i < n; i++) {
        if (args[i].kind <= TMPL_NIL)
            continue;
        tmpl_buf_adds(&b, b.len ? " " : "");
        if (tmpl_format_value(x, &b, &args[i]))
            return -1;
    }
    *ret = tmpl_trim_space(tmpl_buf_value(&b));
    return 0;
}

/* sprig's indent prefixes every line, also the empty ones. */
static int indent(struct tmpl_exec *x, const struct tmpl_value *args, bool newline,
                  struct tmpl_value *ret)
{
    struct tmpl_buf b = TMPL_BUF(&x->arena);
    bool begins = true;

    if (args[0].i < 0 || args[0].i > INDENT_MAX)
        return tmpl_fail(x, "error calling sprig_indent: the indent must be 0 to %d", INDENT_MAX);
    tmpl_buf_adds(&b, newline ? "\n" : "");
    for (size_t i = 0; i <= args[1].len && !b.over; i++) {
        if (begins)
            tmpl_buf_fill(&b, ' ', (size_t)args[0].i);
        if (i < args[1].len)
            tmpl_buf_addch(&b, args[1].s[i]);
        begins = i < args[1].len && args[1].s[i] == '\n';
    }
    *ret = tmpl_buf_value(&b);
    return 0;
}

static int fn_indent(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                     struct tmpl_value *ret)
{
    (void)n;
    return indent(x, args, false, ret);
}

static int fn_nindent(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    (void)n;
    return indent(x, args, true, ret);
}

/* replace OLD NEW STRING */
static int fn_replace(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    (void)n;
    *ret = tmpl_replace(&x->arena, args[2], args[0], args[1]);
    return tmpl_charge(x, ret->len / 64);
}

static int fn_nospace(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    struct tmpl_buf b = TMPL_BUF(&x->arena);

    (void)n;
    for (size_t i = 0; i < args[0].len && !b.over; i++)
        if (!args[0].s[i] || !strchr(" \t\r\n\v\f", args[0].s[i]))
            tmpl_buf_addch(&b, args[0].s[i]);
    *ret = tmpl_buf_value(&b);
    return 0;
}

static int fn_split_list(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                         struct tmpl_value *ret)
{
    (void)n;
    *ret = tmpl_list_value(tmpl_split(&x->arena, args[1], args[0], 0));
    return 0;
}

static int fn_to_string(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                        struct tmpl_value *ret)
{
    (void)n;
    return tmpl_to_string(x, &args[0], ret);
}

/* plural ONE MANY COUNT */
static int fn_plural(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                     struct tmpl_value *ret)
{
    (void)x;
    (void)n;
    *ret = args[args[2].i == 1 ? 0 : 1];
    return 0;
}

const struct tmpl_function tmpl_fn_sprig_text[] = {
    {.name = "sprig_trim", .args = "s", .call = fn_trim},
    {.name = "sprig_trimAll", .args = "ss", .call = fn_trim_all},
    {.name = "sprig_trimPrefix", .args = "ss", .call = fn_trim_prefix},
    {.name = "sprig_trimSuffix", .args = "ss", .call = fn_trim_suffix},
    {.name = "sprig_upper", .args = "s", .call = fn_upper},
    {.name = "sprig_lower", .args = "s", .call = fn_lower},
    {.name = "sprig_title", .args = "s", .call = fn_title},
    {.name = "sprig_repeat", .args = "is", .call = fn_repeat},
    {.name = "sprig_substr", .args = "iis", .call = fn_substr},
    {.name = "sprig_trunc", .args = "is", .call = fn_trunc},
    {.name = "sprig_contains", .args = "ss", .call = fn_contains},
    {.name = "sprig_hasPrefix", .args = "ss", .call = fn_has_prefix},
    {.name = "sprig_hasSuffix", .args = "ss", .call = fn_has_suffix},
    {.name = "sprig_quote", .args = "a*", .call = fn_quote},
    {.name = "sprig_squote", .args = "a*", .call = fn_squote},
    {.name = "sprig_cat", .args = "a*", .call = fn_cat},
    {.name = "sprig_indent", .args = "is", .call = fn_indent},
    {.name = "sprig_nindent", .args = "is", .call = fn_nindent},
    {.name = "sprig_replace", .args = "sss", .call = fn_replace},
    {.name = "sprig_nospace", .args = "s", .call = fn_nospace},
    {.name = "sprig_splitList", .args = "ss", .call = fn_split_list},
    {.name = "sprig_toString", .args = "a", .call = fn_to_string},
    {.name = "sprig_plural", .args = "ssi", .call = fn_plural},
    {0},
};
