/* sprig's lists. A function that changes a list gives another one. */
#include "lb-template/tmpl/compare.h"
#include "lb-template/tmpl/convert.h"
#include "lb-template/tmpl/function.h"

#include <stdlib.h>

static struct tmpl_list *copy_list(struct tmpl_exec *x, const struct tmpl_list *l)
{
    struct tmpl_list *copy = tmpl_list_new(&x->arena, l->n);

    for (size_t i = 0; i < l->n; i++)
        tmpl_list_add(&x->arena, copy, l->v[i]);
    return copy;
}

/* A part of 'l' that shares its members. */
static struct tmpl_value part_of(struct tmpl_exec *x, const struct tmpl_list *l, size_t from,
                                 size_t to)
{
    struct tmpl_list *part = tmpl_list_new(&x->arena, 0);

    if (from < to && to <= l->n) {
        part->v = l->v + from;
        part->n = part->cap = to - from;
    }
    part->elem = l->elem;
    return tmpl_list_value(part);
}

static int fn_list(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                   struct tmpl_value *ret)
{
    struct tmpl_list *l = tmpl_list_new(&x->arena, n);

    for (size_t i = 0; i < n; i++)
        tmpl_list_add(&x->arena, l, args[i]);
    *ret = tmpl_list_value(l);
    return 0;
}

static int fn_first(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                    struct tmpl_value *ret)
{
    (void)x;
    (void)n;
    *ret = args[0].list->n ? args[0].list->v[0] : tmpl_nil();
    return 0;
}

static int fn_last(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                   struct tmpl_value *ret)
{
    (void)x;
    (void)n;
    *ret = args[0].list->n ? args[0].list->v[args[0].list->n - 1] : tmpl_nil();
    return 0;
}

static int fn_rest(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                   struct tmpl_value *ret)
{
    (void)n;
    *ret = part_of(x, args[0].list, 1, args[0].list->n);
    return 0;
}

static int fn_initial(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    (void)n;
    *ret = part_of(x, args[0].list, 0, args[0].list->n ? args[0].list->n - 1 : 0);
    return 0;
}

static int fn_append(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                     struct tmpl_value *ret)
{
    (void)n;
    if (tmpl_charge(x, args[0].list->n))
        return -1;
    struct tmpl_list *l = copy_list(x, args[0].list);
    tmpl_list_add(&x->arena, l, args[1]);
    *ret = tmpl_list_value(l);
    return 0;
}

static int fn_prepend(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    struct tmpl_list *l = tmpl_list_new(&x->arena, args[0].list->n + 1);

    (void)n;
    tmpl_list_add(&x->arena, l, args[1]);
    for (size_t i = 0; i < args[0].list->n; i++)
        tmpl_list_add(&x->arena, l, args[0].list->v[i]);
    *ret = tmpl_list_value(l);
    return tmpl_charge(x, l->n);
}

static int fn_concat(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                     struct tmpl_value *ret)
{
    struct tmpl_list *l = tmpl_list_new(&x->arena, 0);

    for (size_t i = 0; i < n; i++) {
        if (tmpl_charge(x, args[i].list->n))
            return -1;
        for (size_t j = 0; j < args[i].list->n; j++)
            tmpl_list_add(&x->arena, l, args[i].list->v[j]);
    }
    *ret = tmpl_list_value(l);
    return 0;
}

static int fn_reverse(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    struct tmpl_list *l = tmpl_list_new(&x->arena, args[0].list->n);

    (void)n;
    for (size_t i = args[0].list->n; i; i--)
        tmpl_list_add(&x->arena, l, args[0].list->v[i - 1]);
    *ret = tmpl_list_value(l);
    return tmpl_charge(x, l->n);
}

/* Strings are looked up in a map; other members one by one, at their price. */
static int fn_uniq(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                   struct tmpl_value *ret)
{
    struct tmpl_list *l = tmpl_list_new(&x->arena, 0);
    struct tmpl_map *seen = tmpl_map_new(&x->arena);

    (void)n;
    for (size_t i = 0; i < args[0].list->n; i++) {
        const struct tmpl_value *v = &args[0].list->v[i];
        bool known =
            v->kind == TMPL_STRING ? tmpl_map_get(seen, *v) != NULL : tmpl_list_has(x, l, v);

        if (x->err || tmpl_charge(x, 1))
            return -1;
        if (known)
            continue;
        tmpl_list_add(&x->arena, l, *v);
        if (v->kind == TMPL_STRING)
            tmpl_map_set(&x->arena, seen, *v, tmpl_bool(true));
    }
    *ret = tmpl_list_value(l);
    return 0;
}

/* has VALUE LIST */
static int fn_has(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                  struct tmpl_value *ret)
{
    (void)n;
    *ret = tmpl_bool(args[1].kind == TMPL_LIST && tmpl_list_has(x, args[1].list, &args[0]));
    return x->err ? -1 : 0;
}

static int fn_without(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    struct tmpl_list *l = tmpl_list_new(&x->arena, 0);
    struct tmpl_list *others = tmpl_list_new(&x->arena, n);

    for (size_t i = 1; i < n; i++)
        tmpl_list_add(&x->arena, others, args[i]);
    for (size_t i = 0; i < args[0].list->n && !x->err; i++)
        if (!tmpl_list_has(x, others, &args[0].list->v[i]))
            tmpl_list_add(&x->arena, l, args[0].list->v[i]);
    *ret = tmpl_list_value(l);
    return x->err ? -1 : 0;
}

static int fn_compact(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    struct tmpl_list *l = tmpl_list_new(&x->arena, 0);

    (void)n;
    for (size_t i = 0; i < args[0].list->n; i++)
        if (tmpl_truth(&args[0].list->v[i]))
            tmpl_list_add(&x->arena, l, args[0].list->v[i]);
    *ret = tmpl_list_value(l);
    return tmpl_charge(x, args[0].list->n);
}

/* As strings; nil is left out. */
static int to_strings(struct tmpl_exec *x, const struct tmpl_value *v, struct tmpl_list **ret)
{
    struct tmpl_list *l = tmpl_list_new(&x->arena, 0);
    const struct tmpl_value *members = v->kind == TMPL_LIST ? v->list->v : v;
    size_t n = v->kind == TMPL_LIST ? v->list->n : 1;

    l->elem = TMPL_STRING;
    for (size_t i = 0; i < n; i++) {
        struct tmpl_value s;

        if (members[i].kind <= TMPL_NIL)
            continue;
        if (tmpl_to_string(x, &members[i], &s) || tmpl_charge(x, 1 + s.len / 16))
            return -1;
        tmpl_list_add(&x->arena, l, s);
    }
    *ret = l;
    return 0;
}

static int compare_strings(const void *a, const void *b)
{
    return tmpl_string_cmp(a, b);
}

static int fn_sort_alpha(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                         struct tmpl_value *ret)
{
    struct tmpl_list *l;

    (void)n;
    if (to_strings(x, &args[0], &l))
        return -1;
    if (l->n)
        qsort(l->v, l->n, sizeof *l->v, compare_strings);
    *ret = tmpl_list_value(l);
    return tmpl_charge(x, l->n * 4);
}

static int fn_to_strings(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                         struct tmpl_value *ret)
{
    struct tmpl_list *l;

    (void)n;
    if (to_strings(x, &args[0], &l))
        return -1;
    *ret = tmpl_list_value(l);
    return 0;
}

/* join SEPARATOR VALUE: members of any kind. */
static int fn_join(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                   struct tmpl_value *ret)
{
    struct tmpl_buf b = TMPL_BUF(&x->arena);
    struct tmpl_list *l;

    (void)n;
    if (to_strings(x, &args[1], &l))
        return -1;
    for (size_t i = 0; i < l->n; i++) {
        tmpl_buf_add(&b, args[0].s, i ? args[0].len : 0);
        tmpl_buf_add(&b, l->v[i].s, l->v[i].len);
    }
    *ret = tmpl_buf_value(&b);
    return 0;
}

/* slice LIST [FROM [TO]] */
static int fn_slice(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                    struct tmpl_value *ret)
{
    size_t len = args[0].list->n;
    int64_t from = n > 1 ? args[1].i : 0, to = n > 2 ? args[2].i : (int64_t)len;

    if (from < 0 || to < from || (uint64_t)to > len)
        return tmpl_fail(x, "error calling sprig_slice: index out of range: %lld:%lld",
                         (long long)from, (long long)to);
    *ret = part_of(x, args[0].list, (size_t)from, (size_t)to);
    return 0;
}

const struct tmpl_function tmpl_fn_sprig_list[] = {
    {.name = "sprig_list", .args = "a*", .call = fn_list},
    {.name = "sprig_tuple", .args = "a*", .call = fn_list},
    {.name = "sprig_first", .args = "l", .call = fn_first},
    {.name = "sprig_last", .args = "l", .call = fn_last},
    {.name = "sprig_rest", .args = "l", .call = fn_rest},
    {.name = "sprig_initial", .args = "l", .call = fn_initial},
    {.name = "sprig_append", .args = "la", .call = fn_append},
    {.name = "sprig_push", .args = "la", .call = fn_append},
    {.name = "sprig_prepend", .args = "la", .call = fn_prepend},
    {.name = "sprig_concat", .args = "l*", .call = fn_concat},
    {.name = "sprig_reverse", .args = "l", .call = fn_reverse},
    {.name = "sprig_uniq", .args = "l", .call = fn_uniq},
    {.name = "sprig_has", .args = "aa", .call = fn_has},
    {.name = "sprig_without", .args = "la*", .call = fn_without},
    {.name = "sprig_compact", .args = "l", .call = fn_compact},
    {.name = "sprig_sortAlpha", .args = "a", .call = fn_sort_alpha},
    {.name = "sprig_toStrings", .args = "a", .call = fn_to_strings},
    {.name = "sprig_join", .args = "sa", .call = fn_join},
    {.name = "sprig_slice", .args = "li?i", .call = fn_slice},
    {0},
};
