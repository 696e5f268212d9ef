#include "agent/said.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/xmalloc.h"
#include "registrator/attrs.h"

/* One label or variable about the port. */
struct word {
    char *key; /* what it is about */
    const struct kv *pair;
    bool is_label;
    int rank; /* a higher one wins */
    size_t place;
};

struct words {
    struct word *v;
    size_t n, cap;
};

static void read_words(struct words *l, const struct kvs *m, bool is_label, uint16_t port,
                       unsigned index);
static char *key_of(const struct kv *pair, uint16_t port, unsigned index, bool *ret_for_port);
static int compare(const void *a, const void *b);
static json_t *to_json(const struct word *v, size_t n);
static char *name_of(const struct word *w);

void said_add(json_t *ret, const struct kvs *env, const struct kvs *labels, uint16_t port,
              unsigned index)
{
    struct words l = {0};

    read_words(&l, env, false, port, index);
    read_words(&l, labels, true, port, index);
    if (l.n)
        qsort(l.v, l.n, sizeof *l.v, compare);
    for (size_t i = 0, end; i < l.n; i = end) {
        for (end = i + 1; end < l.n && !strcmp(l.v[end].key, l.v[i].key);)
            end++;
        json_array_append_new(ret, to_json(&l.v[i], end - i));
    }
    for (size_t i = 0; i < l.n; i++)
        free(l.v[i].key);
    free(l.v);
}

static void read_words(struct words *l, const struct kvs *m, bool is_label, uint16_t port,
                       unsigned index)
{
    for (size_t i = 0; i < m->n; i++) {
        bool for_port = false;
        char *key = key_of(&m->v[i], port, index, &for_port);

        if (!key)
            continue;
        l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
        l->v[l->n] = (struct word){.key = key,
                                   .pair = &m->v[i],
                                   .is_label = is_label,
                                   .rank = 2 * for_port + is_label,
                                   .place = l->n};
        l->n++;
    }
}

/* What 'pair' is about, or NULL where it is not about this port; the caller frees it. */
static char *key_of(const struct kv *pair, uint16_t port, unsigned index, bool *ret_for_port)
{
    const struct kvs one = {.v = (struct kv[]){*pair}, .n = 1}, none = {0};
    char haproxy[24], berth[24], *key = NULL;
    struct attrs a;

    snprintf(haproxy, sizeof haproxy, "HAPROXY_%u_", index);
    snprintf(berth, sizeof berth, "berth.%u.", port);
    if (!strncmp(pair->key, haproxy, strlen(haproxy)) || !strcmp(pair->key, "berth.network") ||
        !strncmp(pair->key, berth, strlen(berth)))
        return xstrdup(pair->key);
    attrs_read(&a, &one, &none, port);
    if (a.v.n) {
        key = xstrdup(a.v.v[0].key);
        *ret_for_port = attrs_from_port(&a, key);
    }
    attrs_done(&a);
    return key;
}

/* By key; then the word that counts first. Of equal rank, the later one does. */
static int compare(const void *a, const void *b)
{
    const struct word *x = a, *y = b;
    int order = strcmp(x->key, y->key);

    if (order)
        return order;
    if (x->rank != y->rank)
        return x->rank > y->rank ? -1 : 1;
    return x->place > y->place ? -1 : x->place < y->place;
}

/* 'v' are the 'n' words about one thing. */
static json_t *to_json(const struct word *v, size_t n)
{
    json_t *doc = json_object(), *over = json_array();
    CLEAN(free_str) char *from = name_of(v);

    for (size_t i = 1; i < n; i++) {
        CLEAN(free_str) char *weaker = name_of(&v[i]);

        json_array_append_new(over, json_string(weaker));
    }
    json_set_str(doc, "key", v->key);
    json_set_str(doc, "value", v->pair->value);
    json_set_str(doc, "from", from);
    json_object_set_new(doc, "over", over);
    return doc;
}

static char *name_of(const struct word *w)
{
    return xasprintf("%s %s", w->is_label ? "label" : "variable", w->pair->key);
}
