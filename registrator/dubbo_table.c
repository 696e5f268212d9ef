#include "registrator/dubbo_table.h"

#include <stdlib.h>
#include <string.h>

#include "lib/search.h"
#include "lib/xmalloc.h"

static struct dubbo_entry *touch(struct dubbo_table *t, const struct dubbo_node *node);
static void entry_done(struct dubbo_entry *e);
static int compare_key(const void *key, const void *member);

void dubbo_table_done(struct dubbo_table *t)
{
    for (size_t i = 0; i < t->n; i++)
        entry_done(&t->v[i]);
    free(t->v);
    *t = (struct dubbo_table){0};
}

struct dubbo_entry *dubbo_table_find(const struct dubbo_table *t, const char *key)
{
    bool found;
    size_t at = search_sorted(t->v, t->n, sizeof *t->v, key, compare_key, &found);

    return found ? &t->v[at] : NULL;
}

void dubbo_table_begin(struct dubbo_table *t)
{
    for (size_t i = 0; i < t->n; i++)
        t->v[i].wanted = t->v[i].failed = false;
}

void dubbo_table_want(struct dubbo_table *t, const struct dubbo_nodes *l)
{
    for (size_t i = 0; i < l->n; i++) {
        struct dubbo_entry *e = touch(t, &l->v[i]);

        e->wanted = true;
        e->trace = l->v[i].trace;
    }
}

void dubbo_table_see(struct dubbo_table *t, const struct dubbo_node *node)
{
    struct dubbo_entry *e = touch(t, node);

    if (e->presence == DUBBO_ABSENT && !e->pending)
        e->presence = DUBBO_SEEN;
}

void dubbo_table_end(struct dubbo_table *t)
{
    size_t kept = 0;

    for (size_t i = 0; i < t->n; i++) {
        struct dubbo_entry *e = &t->v[i];

        if (e->wanted || e->pending || e->presence != DUBBO_ABSENT)
            t->v[kept++] = *e;
        else
            entry_done(e);
    }
    t->n = kept;
}

void dubbo_table_doubt(struct dubbo_table *t)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->v[i].presence != DUBBO_ABSENT)
            t->v[i].presence = DUBBO_SEEN;
}

static struct dubbo_entry *touch(struct dubbo_table *t, const struct dubbo_node *node)
{
    bool found;
    size_t at = search_sorted(t->v, t->n, sizeof *t->v, node->key, compare_key, &found);

    if (found)
        return &t->v[at];
    t->v = xgrow(t->v, t->n, &t->cap, sizeof *t->v);
    memmove(t->v + at + 1, t->v + at, (t->n - at) * sizeof *t->v);
    t->n++;
    t->v[at] = (struct dubbo_entry){.key = xstrdup(node->key),
                                    .title = xstrdup(node->title),
                                    .port = node->port,
                                    .shared = node->shared};
    return &t->v[at];
}

static void entry_done(struct dubbo_entry *e)
{
    free(e->key);
    free(e->title);
}

static int compare_key(const void *key, const void *member)
{
    return strcmp(key, ((const struct dubbo_entry *)member)->key);
}
