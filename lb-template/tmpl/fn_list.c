/* Lists: membership, and `loop`. */
#include "lb-template/tmpl/compare.h"
#include "lb-template/tmpl/function.h"
#include "lb-template/tmpl/text.h"

/* in LIST VALUE; in a string it looks for a part of it. */
static int is_in(struct tmpl_exec *x, const char *name, const struct tmpl_value *list,
                 const struct tmpl_value *v, struct tmpl_value *ret)
{
    if (list->kind == TMPL_LIST) {
        *ret = tmpl_bool(tmpl_list_has(x, list->list, v));
        return x->err ? -1 : 0;
    }
    if (list->kind == TMPL_STRING && v->kind == TMPL_STRING) {
        *ret = tmpl_bool(tmpl_contains(list, v));
        return tmpl_charge(x, list->len / 64);
    }
    if (list->kind <= TMPL_NIL) {
        *ret = tmpl_bool(false);
        return 0;
    }
    return tmpl_fail(x, "error calling %s: it looks into lists and strings, not into %s", name,
                     tmpl_type_name(list));
}

static int fn_in(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                 struct tmpl_value *ret)
{
    (void)n;
    return is_in(x, "in", &args[0], &args[1], ret);
}

static int fn_contains(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                       struct tmpl_value *ret)
{
    (void)n;
    return is_in(x, "contains", &args[1], &args[0], ret);
}

/* How many of the needles are in the haystack. */
static int count_in(struct tmpl_exec *x, const struct tmpl_value *args, size_t *ret)
{
    size_t found = 0;

    for (size_t i = 0; i < args[0].list->n; i++) {
        found += tmpl_list_has(x, args[1].list, &args[0].list->v[i]);
        if (x->err)
            return -1;
    }
    *ret = found;
    return 0;
}

static int fn_contains_all(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                           struct tmpl_value *ret)
{
    size_t found;

    (void)n;
    if (count_in(x, args, &found))
        return -1;
    *ret = tmpl_bool(found == args[0].list->n);
    return 0;
}

static int fn_contains_any(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                           struct tmpl_value *ret)
{
    size_t found;

    (void)n;
    if (count_in(x, args, &found))
        return -1;
    *ret = tmpl_bool(found);
    return 0;
}

static int fn_contains_none(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                            struct tmpl_value *ret)
{
    size_t found;

    (void)n;
    if (count_in(x, args, &found))
        return -1;
    *ret = tmpl_bool(!found);
    return 0;
}

static int fn_contains_not_all(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                               struct tmpl_value *ret)
{
    size_t found;

    (void)n;
    if (count_in(x, args, &found))
        return -1;
    *ret = tmpl_bool(found < args[0].list->n);
    return 0;
}

/* loop N: 0 to N-1; loop A B: A to B-1. */
static int fn_loop(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                   struct tmpl_value *ret)
{
    int64_t from = n > 1 ? args[0].i : 0, to = args[n - 1].i;
    uint64_t count = to > from ? (uint64_t)to - (uint64_t)from : 0;

    if (tmpl_charge(x, count))
        return -1;
    struct tmpl_list *l = tmpl_list_new(&x->arena, 0);
    for (int64_t i = from; i < to && !x->arena.over; i++)
        tmpl_list_add(&x->arena, l, tmpl_int(i));
    *ret = tmpl_list_value(l);
    return 0;
}

const struct tmpl_function tmpl_fn_list[] = {
    {.name = "in", .args = "aa", .call = fn_in},
    {.name = "contains", .args = "aa", .call = fn_contains},
    {.name = "containsAll", .args = "ll", .call = fn_contains_all},
    {.name = "containsAny", .args = "ll", .call = fn_contains_any},
    {.name = "containsNone", .args = "ll", .call = fn_contains_none},
    {.name = "containsNotAll", .args = "ll", .call = fn_contains_not_all},
    {.name = "loop", .args = "ii?", .call = fn_loop},
    {0},
};
