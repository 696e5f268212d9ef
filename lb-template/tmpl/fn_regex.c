/* regexMatch, regexReplaceAll and sprig's versions of them. */
#include "lb-template/tmpl/function.h"
#include "lb-template/tmpl/regex.h"
#include "lb-template/tmpl/utf8.h"

static int fn_match(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                    struct tmpl_value *ret)
{
    struct tmpl_regex *r = tmpl_regex_get(x, &args[0]);
    struct tmpl_value s = tmpl_regex_subject(x, &args[1]);
    size_t begin, end;

    (void)n;
    int found = r ? tmpl_regex_match(x, r, &s, 0, &begin, &end) : -1;
    *ret = tmpl_bool(found > 0);
    return found < 0 ? -1 : 0;
}

static size_t width_at(const struct tmpl_value *s, size_t at)
{
    size_t width = 1;

    if (at < s->len)
        tmpl_utf8_decode(s->s + at, s->len - at, &width);
    return width;
}

/* As Go: an empty match right behind another match does not count. */
static int replace(struct tmpl_exec *x, const struct tmpl_value *pattern,
                   const struct tmpl_value *text, const struct tmpl_value *to,
                   struct tmpl_value *ret)
{
    struct tmpl_regex *r = tmpl_regex_get(x, pattern);
    const struct tmpl_value subject = tmpl_regex_subject(x, text), *s = &subject;
    struct tmpl_buf b = TMPL_BUF(&x->arena);
    size_t begin, end, copied = 0, from = 0;
    int found = 0;

    if (!r)
        return -1;
    while (from <= s->len && !b.over &&
           (found = tmpl_regex_match(x, r, s, from, &begin, &end)) > 0) {
        if (tmpl_charge(x, 1 + (end - from) / 64))
            return -1;
        tmpl_buf_add(&b, s->s + copied, begin - copied);
        if (end > copied || !begin)
            tmpl_regex_expand(r, s, to, &b);
        copied = end;
        size_t next = from + width_at(s, from);
        from = end > next ? end : next;
    }
    if (found < 0)
        return -1;
    tmpl_buf_add(&b, s->s + copied, s->len - copied);
    *ret = tmpl_buf_value(&b);
    return 0;
}

static int fn_replace_all(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                          struct tmpl_value *ret)
{
    (void)n;
    return replace(x, &args[0], &args[2], &args[1], ret);
}

/* sprig has the text before the replacement. */
static int fn_sprig_replace_all(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                                struct tmpl_value *ret)
{
    (void)n;
    return replace(x, &args[0], &args[1], &args[2], ret);
}

static int fn_find(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                   struct tmpl_value *ret)
{
    struct tmpl_regex *r = tmpl_regex_get(x, &args[0]);
    struct tmpl_value s = tmpl_regex_subject(x, &args[1]);
    size_t begin = 0, end = 0;

    (void)n;
    int found = r ? tmpl_regex_match(x, r, &s, 0, &begin, &end) : -1;
    *ret = found > 0 ? tmpl_str(s.s + begin, end - begin) : tmpl_str("", 0);
    return found < 0 ? -1 : 0;
}

const struct tmpl_function tmpl_fn_regex[] = {
    {.name = "regexMatch", .args = "ss", .call = fn_match},
    {.name = "regexReplaceAll", .args = "sss", .call = fn_replace_all},
    {.name = "sprig_regexMatch", .args = "ss", .call = fn_match},
    {.name = "sprig_regexFind", .args = "ss", .call = fn_find},
    {.name = "sprig_regexReplaceAll", .args = "sss", .call = fn_sprig_replace_all},
    {0},
};
