#include "lb-template/tmpl/value.h"

#include <stdlib.h>

#define INDEX_FROM 17 /* a smaller map, as all structs are, is searched from end to end */

static bool same_key(const struct tmpl_value *a, const struct tmpl_value *b);
static void index_all(struct tmpl_arena *a, struct tmpl_map *m);
static void index_add(struct tmpl_map *m, size_t position);
static size_t position_of(const struct tmpl_map *m, const struct tmpl_value *key);

struct tmpl_list *tmpl_list_new(struct tmpl_arena *a, size_t cap)
{
    struct tmpl_list *l = tmpl_alloc(a, sizeof *l);

    if (cap && tmpl_arena_room(a, cap * sizeof *l->v)) {
        l->v = tmpl_alloc(a, cap * sizeof *l->v);
        l->cap = cap;
    }
    return l;
}

void tmpl_list_add(struct tmpl_arena *a, struct tmpl_list *l, struct tmpl_value v)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 8;

        if (!tmpl_arena_room(a, (cap - l->cap) * sizeof *l->v))
            return;
        l->v = tmpl_grow(a, l->v, l->cap * sizeof *l->v, cap * sizeof *l->v);
        l->cap = cap;
    }
    l->v[l->n++] = v;
}

struct tmpl_map *tmpl_map_new(struct tmpl_arena *a)
{
    struct tmpl_map *m = tmpl_alloc(a, sizeof *m);

    m->keys = TMPL_STRING;
    m->sorted = true;
    return m;
}

struct tmpl_map *tmpl_struct_new(struct tmpl_arena *a, const char *type)
{
    struct tmpl_map *m = tmpl_map_new(a);

    m->type = type;
    m->frozen = true;
    return m;
}

struct tmpl_map *tmpl_struct_lazy(struct tmpl_arena *a, const char *type,
                                  void (*fill)(struct tmpl_arena *a, struct tmpl_map *m),
                                  const void *of)
{
    struct tmpl_map *m = tmpl_struct_new(a, type);

    m->fill = fill;
    m->of = of;
    return m;
}

void tmpl_map_reserve(struct tmpl_arena *a, struct tmpl_map *m, size_t n)
{
    if (m->v || !n || !tmpl_arena_room(a, n * sizeof *m->v))
        return;
    m->v = tmpl_alloc(a, n * sizeof *m->v);
    m->cap = n;
}

void tmpl_map_fill(struct tmpl_arena *a, struct tmpl_map *m)
{
    void (*fill)(struct tmpl_arena *, struct tmpl_map *) = m->fill;

    m->fill = NULL;
    if (fill)
        fill(a, m);
}

void tmpl_fill(struct tmpl_arena *a, const struct tmpl_value *v)
{
    if (v->kind == TMPL_MAP) {
        struct tmpl_map *m = v->map;

        tmpl_map_fill(a, m);
        for (size_t i = 0; m->lazy && i < m->n; i++)
            tmpl_fill(a, &m->v[i].value);
        m->lazy = false;
    } else if (v->kind == TMPL_LIST && v->list->lazy) {
        for (size_t i = 0; i < v->list->n; i++)
            tmpl_fill(a, &v->list->v[i]);
        v->list->lazy = false;
    }
}

void tmpl_map_set(struct tmpl_arena *a, struct tmpl_map *m, struct tmpl_value key,
                  struct tmpl_value value)
{
    size_t at = position_of(m, &key);

    if (at < m->n) {
        m->v[at].value = value;
        return;
    }
    if (m->n == m->cap) {
        size_t cap = m->cap ? m->cap * 2 : 4;

        if (!tmpl_arena_room(a, (cap - m->cap) * sizeof *m->v))
            return;
        m->v = tmpl_grow(a, m->v, m->cap * sizeof *m->v, cap * sizeof *m->v);
        m->cap = cap;
    }
    m->v[m->n++] = (struct tmpl_pair){key, value};
    m->sorted = m->n == 1;
    if (m->n >= INDEX_FROM && m->n * 2 > m->slots)
        index_all(a, m);
    else if (m->index)
        index_add(m, m->n - 1);
}

const struct tmpl_value *tmpl_map_get(const struct tmpl_map *m, struct tmpl_value key)
{
    size_t at = position_of(m, &key);

    return at < m->n ? &m->v[at].value : NULL;
}

const struct tmpl_value *tmpl_map_gets(const struct tmpl_map *m, const char *key)
{
    return tmpl_map_get(m, tmpl_cstr(key));
}

static int compare_pairs(const void *a, const void *b)
{
    const struct tmpl_value *x = &((const struct tmpl_pair *)a)->key;
    const struct tmpl_value *y = &((const struct tmpl_pair *)b)->key;

    if (x->kind == TMPL_INT)
        return (x->i > y->i) - (x->i < y->i);
    return tmpl_string_cmp(x, y);
}

void tmpl_map_sort(struct tmpl_map *m)
{
    if (m->sorted || m->type)
        return;
    qsort(m->v, m->n, sizeof *m->v, compare_pairs);
    m->sorted = true;
    if (!m->index)
        return;
    memset(m->index, 0, m->slots * sizeof *m->index);
    for (size_t i = 0; i < m->n; i++)
        index_add(m, i);
}

struct tmpl_map *tmpl_map_copy(struct tmpl_arena *a, const struct tmpl_map *m)
{
    struct tmpl_map *copy = tmpl_map_new(a);

    copy->keys = m->keys;
    copy->elem = m->elem;
    for (size_t i = 0; i < m->n; i++)
        tmpl_map_set(a, copy, m->v[i].key, m->v[i].value);
    return copy;
}

int tmpl_string_cmp(const struct tmpl_value *a, const struct tmpl_value *b)
{
    size_t n = a->len < b->len ? a->len : b->len;
    int order = n ? memcmp(a->s, b->s, n) : 0;

    return order ? order : (a->len > b->len) - (a->len < b->len);
}

bool tmpl_truth(const struct tmpl_value *v)
{
    switch (v->kind) {
    case TMPL_NONE:
    case TMPL_NIL:
        return false;
    case TMPL_BOOL:
        return v->b;
    case TMPL_INT:
        return v->i;
    case TMPL_FLOAT:
        return v->f != 0;
    case TMPL_STRING:
        return v->len;
    case TMPL_LIST:
        return v->list->n;
    case TMPL_MAP:
        return v->map->type || v->map->n;
    case TMPL_OBJECT:
        return true;
    }
    return false;
}

static const char *map_type_name(const struct tmpl_map *m)
{
    if (m->type)
        return m->type;
    if (m->keys == TMPL_INT)
        return "map[int]interface {}";
    return m->elem == TMPL_STRING ? "map[string]string" : "map[string]interface {}";
}

const char *tmpl_type_name(const struct tmpl_value *v)
{
    switch (v->kind) {
    case TMPL_NONE:
    case TMPL_NIL:
        return "<nil>";
    case TMPL_BOOL:
        return "bool";
    case TMPL_INT:
        return "int";
    case TMPL_FLOAT:
        return "float64";
    case TMPL_STRING:
        return "string";
    case TMPL_LIST:
        return v->list->elem == TMPL_STRING ? "[]string" : "[]interface {}";
    case TMPL_MAP:
        return map_type_name(v->map);
    case TMPL_OBJECT:
        return "*template.Scratch";
    }
    return "?";
}

static bool same_key(const struct tmpl_value *a, const struct tmpl_value *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == TMPL_INT)
        return a->i == b->i;
    return a->len == b->len && (!a->len || !memcmp(a->s, b->s, a->len));
}

/* FNV-1a, from a beginning that differs between processes: keys come from outside, and must not be
 * chosen to fall into one place. */
static size_t hash(const struct tmpl_value *key)
{
    uint64_t seed = (uint64_t)(uintptr_t)&position_of * 0x9e3779b97f4a7c15u;
    uint64_t h = 14695981039346656037u ^ seed ^ seed >> 29;

    if (key->kind == TMPL_INT)
        return (size_t)((uint64_t)key->i * 0x9e3779b97f4a7c15u >> 20);
    for (size_t i = 0; i < key->len; i++)
        h = (h ^ (unsigned char)key->s[i]) * 1099511628211u;
    return (size_t)(h ^ h >> 32);
}

static void index_add(struct tmpl_map *m, size_t position)
{
    size_t slot = hash(&m->v[position].key) & (m->slots - 1);

    while (m->index[slot])
        slot = (slot + 1) & (m->slots - 1);
    m->index[slot] = (uint32_t)position + 1;
}

static void index_all(struct tmpl_arena *a, struct tmpl_map *m)
{
    m->slots = m->slots ? m->slots * 2 : 32;
    m->index = tmpl_alloc(a, m->slots * sizeof *m->index);
    for (size_t i = 0; i < m->n; i++)
        index_add(m, i);
}

/* Where 'key' is in 'v'; 'm->n' where it is not. */
static size_t position_of(const struct tmpl_map *m, const struct tmpl_value *key)
{
    if (!m->index) {
        size_t i = 0;

        while (i < m->n && !same_key(&m->v[i].key, key))
            i++;
        return i;
    }
    for (size_t slot = hash(key) & (m->slots - 1); m->index[slot];
         slot = (slot + 1) & (m->slots - 1))
        if (same_key(&m->v[m->index[slot] - 1].key, key))
            return m->index[slot] - 1;
    return m->n;
}
