/* Grouping services and pairs, and putting maps together. */
#include "lb-template/tmpl/function.h"
#include "lb-template/tmpl/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

/* The field 'name' of a struct or map, or NULL. */
static const struct tmpl_value *field(const struct tmpl_value *v, const char *name)
{
    return v->kind == TMPL_MAP ? tmpl_map_gets(v->map, name) : NULL;
}

static const struct tmpl_value *string_field(struct tmpl_exec *x, const char *function,
                                             const struct tmpl_value *v, const char *name)
{
    const struct tmpl_value *f = field(v, name);

    if (f && f->kind == TMPL_STRING)
        return f;
    tmpl_fail(x, "error calling %s: a member has no %s", function, name);
    return NULL;
}

/* Appends 'v' to the list at 'key' of 'groups'. */
static void add_to_group(struct tmpl_exec *x, struct tmpl_map *groups, struct tmpl_value key,
                         struct tmpl_value v)
{
    const struct tmpl_value *group = tmpl_map_get(groups, key);
    struct tmpl_list *l = group ? group->list : tmpl_list_new(&x->arena, 0);

    tmpl_list_add(&x->arena, l, v);
    if (!group)
        tmpl_map_set(&x->arena, groups, key, tmpl_list_value(l));
}

static int fn_by_tag(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                     struct tmpl_value *ret)
{
    struct tmpl_map *groups = tmpl_map_new(&x->arena);
    const struct tmpl_list *l = args[0].list;

    (void)n;
    groups->elem = TMPL_LIST;
    for (size_t i = 0; i < l->n; i++) {
        const struct tmpl_value *tags = field(&l->v[i], "Tags");

        if (!tags || tags->kind != TMPL_LIST)
            return tmpl_fail(x, "error calling byTag: a member has no Tags");
        if (tmpl_charge(x, 1 + tags->list->n))
            return -1;
        for (size_t j = 0; j < tags->list->n; j++)
            if (tags->list->v[j].kind == TMPL_STRING)
                add_to_group(x, groups, tags->list->v[j], l->v[i]);
    }
    *ret = tmpl_map_value(groups);
    return 0;
}

static int fn_by_port(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    struct tmpl_map *groups = tmpl_map_new(&x->arena);
    const struct tmpl_list *l = args[0].list;

    (void)n;
    groups->keys = TMPL_INT;
    groups->elem = TMPL_LIST;
    for (size_t i = 0; i < l->n; i++) {
        const struct tmpl_value *port = field(&l->v[i], "Port");

        if (!port || port->kind != TMPL_INT)
            return tmpl_fail(x, "error calling byPort: a member has no Port");
        add_to_group(x, groups, *port, l->v[i]);
    }
    *ret = tmpl_map_value(groups);
    return tmpl_charge(x, l->n);
}

/* The value of one key of byMeta: "key" or "key|int", which is filled up with zeros to sort. */
static int add_meta(struct tmpl_exec *x, struct tmpl_value key, const struct tmpl_value *service,
                    struct tmpl_buf *b)
{
    struct tmpl_value suffix = tmpl_cstr("|int");
    const struct tmpl_value *meta = field(service, "ServiceMeta"), *v = NULL;
    bool is_int = tmpl_has_suffix(&key, &suffix);
    char text[24] = "0", *end;

    if (is_int)
        key.len -= suffix.len;
    if (meta && meta->kind == TMPL_MAP)
        v = tmpl_map_get(meta->map, key);
    if (v && (v->kind != TMPL_STRING || !v->len))
        v = NULL;
    if (!v && !is_int) {
        tmpl_buf_addf(b, "_no_%.*s_", (int)key.len, key.s);
        return 0;
    }
    if (!is_int) {
        tmpl_buf_add(b, v->s, v->len);
        return 0;
    }
    if (v && v->len < sizeof text)
        *(char *)mempcpy(text, v->s, v->len) = '\0';
    errno = 0;
    long long i = strtoll(text, &end, 10);
    if (*end || errno || (v && v->len >= sizeof text))
        return tmpl_fail(x, "error calling byMeta: cannot parse %.*s as number", (int)v->len, v->s);
    tmpl_buf_addf(b, "%05lld", i);
    return 0;
}

/* What is no word character becomes an underscore. */
static void normalize(struct tmpl_buf *b, size_t from)
{
    for (size_t i = from; i < b->len; i++)
        if (!isalnum((unsigned char)b->data[i]) && b->data[i] != '-')
            b->data[i] = '_';
}

/* byMeta "key1,key2|int" SERVICES */
static int fn_by_meta(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    struct tmpl_map *groups = tmpl_map_new(&x->arena);
    struct tmpl_list *keys = tmpl_split(&x->arena, args[0], tmpl_cstr(","), 0);
    const struct tmpl_list *l = args[1].list;

    (void)n;
    groups->elem = TMPL_LIST;
    for (size_t i = 0; i < l->n; i++) {
        struct tmpl_buf b = TMPL_BUF(&x->arena);

        for (size_t k = 0; k < keys->n; k++) {
            if (k)
                tmpl_buf_addch(&b, '_');
            size_t from = b.len;
            if (add_meta(x, keys->v[k], &l->v[i], &b) || tmpl_charge(x, 1))
                return -1;
            normalize(&b, from);
        }
        add_to_group(x, groups, tmpl_buf_value(&b), l->v[i]);
    }
    *ret = tmpl_map_value(groups);
    return 0;
}

/* A copy of the pair 'v' with another Key. */
static struct tmpl_value with_key(struct tmpl_exec *x, const struct tmpl_value *v,
                                  struct tmpl_value key)
{
    struct tmpl_map *copy = tmpl_struct_new(&x->arena, v->map->type);

    for (size_t i = 0; i < v->map->n; i++)
        tmpl_map_set(&x->arena, copy, v->map->v[i].key, v->map->v[i].value);
    tmpl_map_set(&x->arena, copy, tmpl_cstr("Key"), key);
    return tmpl_map_value(copy);
}

/* "a/b/c": group "a" has the pair "b/c". */
static int fn_by_key(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                     struct tmpl_value *ret)
{
    struct tmpl_map *groups = tmpl_map_new(&x->arena);

    (void)n;
    groups->elem = TMPL_MAP;
    for (size_t i = 0; i < args[0].list->n; i++) {
        const struct tmpl_value *pair = &args[0].list->v[i];
        const struct tmpl_value *key = string_field(x, "byKey", pair, "Key");

        if (!key || tmpl_charge(x, 4))
            return -1;
        const char *slash = memchr(key->s, '/', key->len);
        struct tmpl_value top = tmpl_str(key->s, slash ? (size_t)(slash - key->s) : key->len);
        struct tmpl_value rest =
            slash ? tmpl_str(slash + 1, key->len - top.len - 1) : tmpl_str("", 0);
        const struct tmpl_value *group = tmpl_map_get(groups, top);
        struct tmpl_map *m = group ? group->map : tmpl_map_new(&x->arena);
        if (!group)
            tmpl_map_set(&x->arena, groups, top, tmpl_map_value(m));
        tmpl_map_set(&x->arena, m, rest, with_key(x, pair, rest));
    }
    *ret = tmpl_map_value(groups);
    return 0;
}

/* Puts 'v' at the path 'key' ("a/b/c") of 'm', making the maps on the way. */
static int explode_one(struct tmpl_exec *x, struct tmpl_map *m, struct tmpl_value key,
                       struct tmpl_value v)
{
    const struct tmpl_value whole = key;
    const char *slash;

    while ((slash = memchr(key.s, '/', key.len))) {
        struct tmpl_value top = tmpl_str(key.s, (size_t)(slash - key.s));
        const struct tmpl_value *next = tmpl_map_get(m, top);

        if (tmpl_charge(x, 1))
            return -1;
        if (next && next->kind != TMPL_MAP)
            return tmpl_fail(x,
                             "error calling explode: not a map: \"%.*s\": \"%.*s\" has a value "
                             "already",
                             (int)whole.len, whole.s, (int)top.len, top.s);
        struct tmpl_map *inner = next ? next->map : tmpl_map_new(&x->arena);
        if (!next)
            tmpl_map_set(&x->arena, m, top, tmpl_map_value(inner));
        m = inner;
        key = tmpl_str(slash + 1, key.len - top.len - 1);
    }
    if (key.len)
        tmpl_map_set(&x->arena, m, key, v);
    return 0;
}

static int fn_explode(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                      struct tmpl_value *ret)
{
    struct tmpl_map *m = tmpl_map_new(&x->arena);

    (void)n;
    for (size_t i = 0; i < args[0].list->n; i++) {
        const struct tmpl_value *pair = &args[0].list->v[i];
        const struct tmpl_value *key = string_field(x, "explode", pair, "Key");
        const struct tmpl_value *v = key ? field(pair, "Value") : NULL;

        if (!key || explode_one(x, m, *key, v ? *v : tmpl_nil()))
            return -1;
    }
    *ret = tmpl_map_value(m);
    return 0;
}

static int fn_explode_map(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                          struct tmpl_value *ret)
{
    struct tmpl_map *m = tmpl_map_new(&x->arena);

    (void)n;
    tmpl_map_sort(args[0].map);
    for (size_t i = 0; i < args[0].map->n; i++)
        if (explode_one(x, m, args[0].map->v[i].key, args[0].map->v[i].value))
            return -1;
    *ret = tmpl_map_value(m);
    return 0;
}

/* 'base' with what 'other' has beside it; 'override': what both have is taken from 'other'. */
static struct tmpl_map *merge(struct tmpl_exec *x, const struct tmpl_map *base,
                              const struct tmpl_map *other, bool override, unsigned depth)
{
    struct tmpl_map *m = tmpl_map_copy(&x->arena, base);

    if (depth > TMPL_VALUE_DEPTH_MAX)
        tmpl_fail(x, "more than %d maps inside each other", TMPL_VALUE_DEPTH_MAX);
    for (size_t i = 0; i < other->n && !x->err; i++) {
        struct tmpl_value v = other->v[i].value;
        const struct tmpl_value *mine = tmpl_map_get(m, other->v[i].key);

        if (tmpl_charge(x, 2))
            break;
        if (mine && mine->kind == TMPL_MAP && v.kind == TMPL_MAP)
            v = tmpl_map_value(merge(x, mine->map, v.map, override, depth + 1));
        else if (mine && !override && tmpl_truth(mine))
            continue;
        tmpl_map_set(&x->arena, m, other->v[i].key, v);
    }
    return m;
}

static int fn_merge(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                    struct tmpl_value *ret)
{
    (void)n;
    *ret = tmpl_map_value(merge(x, args[0].map, args[1].map, false, 0));
    return x->err ? -1 : tmpl_charge(x, args[0].map->n);
}

static int fn_merge_override(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                             struct tmpl_value *ret)
{
    (void)n;
    *ret = tmpl_map_value(merge(x, args[0].map, args[1].map, true, 0));
    return x->err ? -1 : tmpl_charge(x, args[0].map->n);
}

const struct tmpl_function tmpl_fn_map[] = {
    {.name = "byKey", .args = "l", .call = fn_by_key},
    {.name = "byTag", .args = "l", .call = fn_by_tag},
    {.name = "byPort", .args = "l", .call = fn_by_port},
    {.name = "byMeta", .args = "sl", .call = fn_by_meta},
    {.name = "explode", .args = "l", .call = fn_explode},
    {.name = "explodeMap", .args = "m", .call = fn_explode_map},
    {.name = "mergeMap", .args = "mm", .call = fn_merge},
    {.name = "mergeMapWithOverride", .args = "mm", .call = fn_merge_override},
    {0},
};
