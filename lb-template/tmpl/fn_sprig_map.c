/* sprig's maps, and its ways to choose between values. */
#include "lb-template/tmpl/convert.h"
#include "lb-template/tmpl/function.h"

/* default DEFAULT [VALUE] */
static int fn_default(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    (void)x;
    *ret = n > 1 && tmpl_truth(&args[1]) ? args[1] : args[0];
    return 0;
}

static int fn_empty(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                    struct tmpl_value *ret)
{
    (void)x;
    (void)n;
    *ret = tmpl_bool(!tmpl_truth(&args[0]));
    return 0;
}

static int fn_coalesce(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                       struct tmpl_value *ret)
{
    (void)x;
    *ret = tmpl_nil();
    for (size_t i = 0; i < n; i++) {
        if (tmpl_truth(&args[i])) {
            *ret = args[i];
            break;
        }
    }
    return 0;
}

static int fn_all(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                  struct tmpl_value *ret)
{
    bool all = true;

    (void)x;
    for (size_t i = 0; i < n; i++)
        all = all && tmpl_truth(&args[i]);
    *ret = tmpl_bool(all);
    return 0;
}

static int fn_any(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                  struct tmpl_value *ret)
{
    bool any = false;

    (void)x;
    for (size_t i = 0; i < n; i++)
        any = any || tmpl_truth(&args[i]);
    *ret = tmpl_bool(any);
    return 0;
}

/* ternary IF_TRUE IF_FALSE CONDITION */
static int fn_ternary(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    (void)x;
    (void)n;
    *ret = args[args[2].b ? 0 : 1];
    return 0;
}

/* dict KEY VALUE...; a key without a value has an empty one. */
static int fn_dict(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                   struct tmpl_value *ret)
{
    struct tmpl_map *m = tmpl_map_new(&x->arena);

    for (size_t i = 0; i < n; i += 2) {
        struct tmpl_value key;

        if (tmpl_to_string(x, &args[i], &key))
            return -1;
        tmpl_map_set(&x->arena, m, key, i + 1 < n ? args[i + 1] : tmpl_str("", 0));
    }
    *ret = tmpl_map_value(m);
    return 0;
}

/* get MAP KEY: an empty string where there is none. */
static int fn_get(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                  struct tmpl_value *ret)
{
    const struct tmpl_value *found = tmpl_map_get(args[0].map, args[1]);

    (void)x;
    (void)n;
    *ret = found ? *found : tmpl_str("", 0);
    return 0;
}

static int fn_has_key(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    (void)x;
    (void)n;
    *ret = tmpl_bool(tmpl_map_get(args[0].map, args[1]));
    return 0;
}

/* What is not the template's own is changed in a copy. */
static int fn_set(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                  struct tmpl_value *ret)
{
    struct tmpl_map *m = args[0].map;

    (void)n;
    if (m->keys != TMPL_STRING)
        return tmpl_fail(x, "error calling sprig_set: the keys of the map are no strings");
    if (m->frozen) {
        if (tmpl_charge(x, m->n))
            return -1;
        m = tmpl_map_copy(&x->arena, m);
    }
    tmpl_map_set(&x->arena, m, args[1], args[2]);
    *ret = tmpl_map_value(m);
    return 0;
}

/* Those pairs of 'm' whose key is among 'keys', or is not. */
static int select_keys(struct tmpl_exec *x, const struct tmpl_map *m, const struct tmpl_value *keys,
                       size_t n, bool among, struct tmpl_value *ret)
{
    struct tmpl_map *copy = tmpl_map_new(&x->arena);

    for (size_t i = 0; i < m->n; i++) {
        bool found = false;

        if (tmpl_charge(x, 1 + n))
            return -1;
        for (size_t j = 0; j < n && !found; j++)
            found = !tmpl_string_cmp(&keys[j], &m->v[i].key);
        if (found == among)
            tmpl_map_set(&x->arena, copy, m->v[i].key, m->v[i].value);
    }
    *ret = tmpl_map_value(copy);
    return 0;
}

static int fn_pick(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                   struct tmpl_value *ret)
{
    if (args[0].map->keys != TMPL_STRING)
        return tmpl_fail(x, "error calling sprig_pick: the keys of the map are no strings");
    return select_keys(x, args[0].map, args + 1, n - 1, true, ret);
}

static int fn_omit(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                   struct tmpl_value *ret)
{
    if (args[0].map->keys != TMPL_STRING)
        return tmpl_fail(x, "error calling sprig_omit: the keys of the map are no strings");
    return select_keys(x, args[0].map, args + 1, n - 1, false, ret);
}

/* In key order; sprig's own order is random. */
static int list_pairs(struct tmpl_exec *x, const struct tmpl_value *args, size_t n, bool keys,
                      struct tmpl_value *ret)
{
    struct tmpl_list *l = tmpl_list_new(&x->arena, 0);

    for (size_t i = 0; i < n; i++) {
        struct tmpl_map *m = args[i].map;

        if (tmpl_charge(x, m->n))
            return -1;
        tmpl_map_sort(m);
        for (size_t j = 0; j < m->n; j++)
            tmpl_list_add(&x->arena, l, keys ? m->v[j].key : m->v[j].value);
    }
    *ret = tmpl_list_value(l);
    return 0;
}

static int fn_keys(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                   struct tmpl_value *ret)
{
    return list_pairs(x, args, n, true, ret);
}

static int fn_values(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                     struct tmpl_value *ret)
{
    (void)n;
    return list_pairs(x, args, 1, false, ret);
}

static int fn_kind_of(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    static const char *const kinds[] = {"invalid", "invalid", "bool", "int", "float64",
                                        "string",  "slice",   "map",  "ptr"};

    (void)x;
    (void)n;
    *ret = tmpl_cstr(kinds[args[0].kind]);
    return 0;
}

static int fn_type_of(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    (void)x;
    (void)n;
    *ret = tmpl_cstr(tmpl_type_name(&args[0]));
    return 0;
}

const struct tmpl_function tmpl_fn_sprig_map[] = {
    {.name = "sprig_default", .args = "aa?", .call = fn_default},
    {.name = "sprig_empty", .args = "a", .call = fn_empty},
    {.name = "sprig_coalesce", .args = "a*", .call = fn_coalesce},
    {.name = "sprig_all", .args = "a*", .call = fn_all},
    {.name = "sprig_any", .args = "a*", .call = fn_any},
    {.name = "sprig_ternary", .args = "aab", .call = fn_ternary},
    {.name = "sprig_dict", .args = "a*", .call = fn_dict},
    {.name = "sprig_get", .args = "ms", .call = fn_get},
    {.name = "sprig_hasKey", .args = "ms", .call = fn_has_key},
    {.name = "sprig_set", .args = "msa", .call = fn_set},
    {.name = "sprig_pick", .args = "ms*", .call = fn_pick},
    {.name = "sprig_omit", .args = "ms*", .call = fn_omit},
    {.name = "sprig_keys", .args = "m*", .call = fn_keys},
    {.name = "sprig_values", .args = "m", .call = fn_values},
    {.name = "sprig_kindOf", .args = "a", .call = fn_kind_of},
    {.name = "sprig_typeOf", .args = "a", .call = fn_type_of},
    {0},
};
