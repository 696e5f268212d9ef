#include "lib/kv.h"

#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

static struct kv *find(const struct kvs *m, const char *key);

void kvs_done(struct kvs *m)
{
    for (size_t i = 0; i < m->n; i++) {
        free(m->v[i].key);
        free(m->v[i].value);
    }
    free(m->v);
    *m = (struct kvs){0};
}

void kvs_add(struct kvs *m, const char *key, const char *value)
{
    m->v = xgrow(m->v, m->n, &m->cap, sizeof *m->v);
    m->v[m->n++] = (struct kv){xstrdup(key), xstrdup(value)};
}

void kvs_set(struct kvs *m, const char *key, const char *value)
{
    struct kv *old = find(m, key);

    if (!old) {
        kvs_add(m, key, value);
        return;
    }
    free(old->value);
    old->value = xstrdup(value);
}

void kvs_unset(struct kvs *m, const char *key)
{
    struct kv *old = find(m, key);

    if (!old)
        return;
    free(old->key);
    free(old->value);
    size_t at = (size_t)(old - m->v);
    memmove(old, old + 1, (m->n - at - 1) * sizeof *old);
    m->n--;
}

const char *kvs_get(const struct kvs *m, const char *key)
{
    const struct kv *p = find(m, key);

    return p ? p->value : NULL;
}

/* Insertion sort: it is stable, and the lists are short and mostly sorted. */
void kvs_sort(struct kvs *m)
{
    for (size_t i = 1; i < m->n; i++) {
        struct kv moving = m->v[i];
        size_t at = i;

        for (; at && strcmp(m->v[at - 1].key, moving.key) > 0; at--)
            m->v[at] = m->v[at - 1];
        m->v[at] = moving;
    }
}

bool kvs_equal(const struct kvs *a, const struct kvs *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->v[i].key, b->v[i].key) || strcmp(a->v[i].value, b->v[i].value))
            return false;
    return true;
}

void kvs_copy(struct kvs *dst, const struct kvs *src)
{
    for (size_t i = 0; i < src->n; i++)
        kvs_add(dst, src->v[i].key, src->v[i].value);
}

static struct kv *find(const struct kvs *m, const char *key)
{
    for (size_t i = m->n; i--;)
        if (!strcmp(m->v[i].key, key))
            return &m->v[i];
    return NULL;
}
