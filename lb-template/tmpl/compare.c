#include "lb-template/tmpl/compare.h"

#include "lb-template/tmpl/function.h"

static bool equal_at(struct tmpl_exec *x, const struct tmpl_value *a, const struct tmpl_value *b,
                     unsigned depth);

static bool equal_lists(struct tmpl_exec *x, const struct tmpl_list *a, const struct tmpl_list *b,
                        unsigned depth)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (!equal_at(x, &a->v[i], &b->v[i], depth + 1))
            return false;
    return true;
}

static bool equal_maps(struct tmpl_exec *x, const struct tmpl_map *a, const struct tmpl_map *b,
                       unsigned depth)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        const struct tmpl_value *other = tmpl_map_get(b, a->v[i].key);

        if (!other || !equal_at(x, &a->v[i].value, other, depth + 1))
            return false;
    }
    return true;
}

static bool equal_at(struct tmpl_exec *x, const struct tmpl_value *a, const struct tmpl_value *b,
                     unsigned depth)
{
    if (depth > TMPL_VALUE_DEPTH_MAX) {
        tmpl_fail(x, "more than %d lists and maps inside each other", TMPL_VALUE_DEPTH_MAX);
        return false;
    }
    if (tmpl_charge(x, 1 + (a->kind == TMPL_STRING ? a->len / 64 : 0)))
        return false;
    if (a->kind <= TMPL_NIL || b->kind <= TMPL_NIL)
        return a->kind <= TMPL_NIL && b->kind <= TMPL_NIL;
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case TMPL_BOOL:
        return a->b == b->b;
    case TMPL_INT:
        return a->i == b->i;
    case TMPL_FLOAT:
        return a->f == b->f;
    case TMPL_STRING:
        return !tmpl_string_cmp(a, b);
    case TMPL_LIST:
        return a->list == b->list || equal_lists(x, a->list, b->list, depth);
    case TMPL_MAP:
        return a->map == b->map || equal_maps(x, a->map, b->map, depth);
    default:
        return a->map == b->map;
    }
}

bool tmpl_equal(struct tmpl_exec *x, const struct tmpl_value *a, const struct tmpl_value *b)
{
    return equal_at(x, a, b, 0);
}

bool tmpl_list_has(struct tmpl_exec *x, const struct tmpl_list *l, const struct tmpl_value *v)
{
    for (size_t i = 0; i < l->n && !x->err; i++)
        if (tmpl_equal(x, &l->v[i], v))
            return true;
    return false;
}

/* Two values as eq sees them. Returns 0, or -1 where Go refuses to compare them. */
static int basic_equal(struct tmpl_exec *x, const char *name, const struct tmpl_value *a,
                       const struct tmpl_value *b, bool *ret)
{
    if (a->kind <= TMPL_NIL || b->kind <= TMPL_NIL) {
        *ret = a->kind <= TMPL_NIL && b->kind <= TMPL_NIL;
        return 0;
    }
    if (a->kind != b->kind)
        return tmpl_fail(x, "error calling %s: incompatible types for comparison", name);
    if (a->kind >= TMPL_LIST)
        return tmpl_fail(x, "error calling %s: non-comparable type %s", name, tmpl_type_name(a));
    *ret = tmpl_equal(x, a, b);
    return x->err ? -1 : 0;
}

static int fn_eq(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                 struct tmpl_value *ret)
{
    bool same = false;

    if (n < 2)
        return tmpl_fail(x, "error calling eq: missing argument for comparison");
    for (size_t i = 1; i < n && !same; i++)
        if (basic_equal(x, "eq", &args[0], &args[i], &same))
            return -1;
    *ret = tmpl_bool(same);
    return 0;
}

static int fn_ne(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                 struct tmpl_value *ret)
{
    bool same;

    (void)n;
    if (basic_equal(x, "ne", &args[0], &args[1], &same))
        return -1;
    *ret = tmpl_bool(!same);
    return 0;
}

/* -1, 0 or 1; 2 where one of them is no number at all. */
static int order_of(const struct tmpl_value *a, const struct tmpl_value *b)
{
    if (a->kind == TMPL_INT)
        return (a->i > b->i) - (a->i < b->i);
    if (a->kind == TMPL_FLOAT)
        return a->f < b->f ? -1 : a->f > b->f ? 1 : a->f == b->f ? 0 : 2;
    int order = tmpl_string_cmp(a, b);
    return (order > 0) - (order < 0);
}

static int compare(struct tmpl_exec *x, const char *name, const struct tmpl_value *args, int *ret)
{
    for (int i = 0; i < 2; i++)
        if (args[i].kind != TMPL_INT && args[i].kind != TMPL_FLOAT && args[i].kind != TMPL_STRING)
            return tmpl_fail(x, "error calling %s: invalid type for comparison", name);
    if (args[0].kind != args[1].kind)
        return tmpl_fail(x, "error calling %s: incompatible types for comparison", name);
    *ret = order_of(&args[0], &args[1]);
    return 0;
}

static int fn_lt(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                 struct tmpl_value *ret)
{
    int order;

    (void)n;
    if (compare(x, "lt", args, &order))
        return -1;
    *ret = tmpl_bool(order == -1);
    return 0;
}

static int fn_le(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                 struct tmpl_value *ret)
{
    int order;

    (void)n;
    if (compare(x, "le", args, &order))
        return -1;
    *ret = tmpl_bool(order <= 0);
    return 0;
}

/* Go defines it as the opposite of le. */
static int fn_gt(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                 struct tmpl_value *ret)
{
    int order;

    (void)n;
    if (compare(x, "gt", args, &order))
        return -1;
    *ret = tmpl_bool(order > 0);
    return 0;
}

static int fn_ge(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                 struct tmpl_value *ret)
{
    int order;

    (void)n;
    if (compare(x, "ge", args, &order))
        return -1;
    *ret = tmpl_bool(order != -1);
    return 0;
}

const struct tmpl_function tmpl_fn_compare[] = {
    {.name = "eq", .args = "aa*", .call = fn_eq},
    {.name = "ne", .args = "aa", .call = fn_ne},
    {.name = "lt", .args = "aa", .call = fn_lt},
    {.name = "le", .args = "aa", .call = fn_le},
    {.name = "gt", .args = "aa", .call = fn_gt},
    {.name = "ge", .args = "aa", .call = fn_ge},
    {0},
};
