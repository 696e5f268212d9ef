/* The functions of registrator's -tags. An index beyond the end is the last member, a negative one
 * counts from the end. */
#include "lb-template/tmpl/function.h"
#include "lb-template/tmpl/regex.h"
#include "lb-template/tmpl/text.h"
#include "lib/json.h"
#include "lib/xmalloc.h"

/* strSlice TEXT FROM [TO]: what lies outside of the text changes nothing. */
static int fn_str_slice(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                        struct tmpl_value *ret)
{
    int64_t len = args[0].len, from = n > 1 ? args[1].i : 0, to = n > 2 ? args[2].i : len;

    if (from < 0 || to < 0)
        return tmpl_fail(x, "error calling strSlice: slice bounds out of range");
    *ret = args[0];
    if (from > len || to > len)
        return 0;
    *ret = tmpl_str(args[0].s + from, (size_t)((to < from ? len : to) - from));
    return 0;
}

static int pick(struct tmpl_exec *x, const char *name, int64_t i, const struct tmpl_list *l,
                struct tmpl_value *ret)
{
    int64_t n = (int64_t)l->n;

    if (!n)
        return tmpl_fail(x, "error calling %s: the list is empty", name);
    if (i < 0)
        i = i <= -n ? 0 : n + i;
    *ret = l->v[i < n ? i : n - 1];
    return 0;
}

static int fn_s_index(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    (void)n;
    return pick(x, "sIndex", args[0].i, args[1].list, ret);
}

static int fn_m_index(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    const struct tmpl_value *found =
        args[1].map->keys == TMPL_STRING ? tmpl_map_get(args[1].map, args[0]) : NULL;

    (void)x;
    (void)n;
    *ret = found ? *found : tmpl_str("", 0);
    return 0;
}

static int fn_split(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                    struct tmpl_value *ret)
{
    (void)n;
    *ret = tmpl_list_value(tmpl_split(&x->arena, args[1], args[0], 0));
    return 0;
}

static int fn_split_index(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                          struct tmpl_value *ret)
{
    (void)n;
    return pick(x, "splitIndex", args[0].i, tmpl_split(&x->arena, args[2], args[1], 0), ret);
}

/* replace COUNT OLD NEW TEXT: a negative COUNT stands for all. */
static int fn_replace(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    const struct tmpl_value *from = &args[1], *to = &args[2];
    int64_t left = args[0].i;
    const char *at = args[3].s, *end = at + args[3].len;
    struct tmpl_buf b = TMPL_BUF(&x->arena);

    (void)n;
    if (left < 0 || !from->len) {
        *ret = left ? tmpl_replace(&x->arena, args[3], *from, *to) : args[3];
        return tmpl_charge(x, ret->len / 64);
    }
    for (; left && !b.over; left--) {
        const char *found = memmem(at, (size_t)(end - at), from->s, from->len);

        if (!found)
            break;
        tmpl_buf_add(&b, at, (size_t)(found - at));
        tmpl_buf_add(&b, to->s, to->len);
        at = found + from->len;
    }
    tmpl_buf_add(&b, at, (size_t)(end - at));
    *ret = tmpl_buf_value(&b);
    return tmpl_charge(x, ret->len / 64);
}

/* Those of 'l' that match 'pattern', or the first of them alone. */
static struct tmpl_list *match(struct tmpl_exec *x, const char *name,
                               const struct tmpl_value *pattern, const struct tmpl_list *l,
                               bool all)
{
    struct tmpl_regex *r = tmpl_regex_get(x, pattern);
    struct tmpl_list *matching = tmpl_list_new(&x->arena, 0);
    size_t begin, end;

    matching->elem = TMPL_STRING;
    for (size_t i = 0; r && i < l->n && (all || !matching->n); i++) {
        if (l->v[i].kind != TMPL_STRING) {
            tmpl_fail(x, "error calling %s: member %zu is no string but %s", name, i,
                      tmpl_type_name(&l->v[i]));
            return NULL;
        }
        struct tmpl_value s = tmpl_regex_subject(x, &l->v[i]);
        int found = tmpl_charge(x, 1) ? -1 : tmpl_regex_match(x, r, &s, 0, &begin, &end);
        if (found < 0)
            return NULL;
        if (found)
            tmpl_list_add(&x->arena, matching, l->v[i]);
    }
    return r ? matching : NULL;
}

static int fn_match_first(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                          struct tmpl_value *ret)
{
    const struct tmpl_list *l = match(x, "matchFirstElement", &args[0], args[1].list, false);

    (void)n;
    if (!l)
        return -1;
    *ret = l->n ? l->v[0] : tmpl_str("", 0);
    return 0;
}

static int fn_match_all(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                        struct tmpl_value *ret)
{
    struct tmpl_list *l = match(x, "matchAllElements", &args[0], args[1].list, true);

    (void)n;
    if (!l)
        return -1;
    *ret = tmpl_list_value(l);
    return 0;
}

/* The member of 'j' that one part of a path names: a key, or [n]. */
static const json_t *member(const json_t *j, const struct tmpl_value *key)
{
    uint64_t at = 0;

    if (json_is_object(j)) {
        CLEAN(free_str) char *name = xstrndup(key->s, key->len);

        return json_object_get(j, name);
    }
    if (!json_is_array(j) || key->len < 3 || key->s[0] != '[' || key->s[key->len - 1] != ']')
        return NULL;
    for (size_t i = 1; i < key->len - 1; i++) {
        if (key->s[i] < '0' || key->s[i] > '9' || at > json_array_size(j))
            return NULL;
        at = at * 10 + (uint64_t)(key->s[i] - '0');
    }
    return json_array_get(j, at);
}

/* jsonParse JSON "a::b::c": a string as it is, everything else as JSON; "" for what is not there.
 */
static int fn_json_parse(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                         struct tmpl_value *ret)
{
    const struct tmpl_list *path = tmpl_split(&x->arena, args[1], tmpl_cstr("::"), 0);

    (void)n;
    *ret = tmpl_str("", 0);
    if (tmpl_charge(x, args[0].len / 4))
        return -1;
    CLEAN(json) json_t *doc = json_parse(args[0].s, args[0].len, NULL);
    const json_t *j = doc;
    for (size_t i = 0; j && i < path->n; i++)
        j = member(j, &path->v[i]);
    if (!j)
        return 0;
    CLEAN(free_str) char *text = json_is_string(j) ? NULL : json_dumps(j, JSON_ENCODE_ANY);
    const char *found = text ? text : json_string_value(j);
    size_t len = text ? strlen(text) : json_string_length(j);
    *ret = found ? tmpl_str(tmpl_copy(&x->arena, found, len), len) : *ret;
    return 0;
}

const struct tmpl_function tmpl_fn_registrator[] = {
    {.name = "strSlice", .args = "si?i", .call = fn_str_slice},
    {.name = "sIndex", .args = "il", .call = fn_s_index},
    {.name = "mIndex", .args = "sm", .call = fn_m_index},
    {.name = "replace", .args = "isss", .call = fn_replace},
    {.name = "split", .args = "ss", .call = fn_split},
    {.name = "splitIndex", .args = "iss", .call = fn_split_index},
    {.name = "matchFirstElement", .args = "sl", .call = fn_match_first},
    {.name = "matchAllElements", .args = "sl", .call = fn_match_all},
    {.name = "jsonParse", .args = "ss", .call = fn_json_parse},
    {.name = "httpGet", .why = "berth waits for nothing while it registers"},
    {0},
};
