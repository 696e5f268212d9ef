#include "lb-template/backends.h"

#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

static int by_name(const void *a, const void *b);
static int name_cmp(const void *key, const void *member);
static bool servers_differ(const struct haproxy_cfg_backend *a,
                           const struct haproxy_cfg_backend *b);

void backends_add(struct backends *l, const struct haproxy_cfg *c)
{
    for (size_t i = 0; i < c->n; i++) {
        l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
        l->v[l->n++] = &c->v[i];
    }
}

void backends_sort(struct backends *l)
{
    size_t kept = 0;

    if (l->n)
        qsort(l->v, l->n, sizeof *l->v, by_name);
    for (size_t i = 0; i < l->n; i++)
        if (!kept || strcmp(l->v[kept - 1]->name, l->v[i]->name))
            l->v[kept++] = l->v[i];
    l->n = kept;
}

const struct haproxy_cfg_backend *backends_find(const struct backends *l, const char *name)
{
    const struct haproxy_cfg_backend **found =
        l->n ? bsearch(name, l->v, l->n, sizeof *l->v, name_cmp) : NULL;

    return found ? *found : NULL;
}

bool backends_options_differ(const struct backends *a, const struct backends *b)
{
    for (size_t i = 0, j = 0; i < a->n && j < b->n;) {
        int c = strcmp(a->v[i]->name, b->v[j]->name);

        if (!c && a->v[i] != b->v[j] && servers_differ(a->v[i], b->v[j]))
            return true;
        i += c <= 0;
        j += c >= 0;
    }
    return false;
}

void backends_done(struct backends *l)
{
    free(l->v);
    *l = (struct backends){0};
}

static int by_name(const void *a, const void *b)
{
    const struct haproxy_cfg_backend *const *x = a, *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

static int name_cmp(const void *key, const void *member)
{
    const struct haproxy_cfg_backend *const *b = member;

    return strcmp(key, (*b)->name);
}

static bool servers_differ(const struct haproxy_cfg_backend *a, const struct haproxy_cfg_backend *b)
{
    for (size_t i = 0, j = 0; i < a->n && j < b->n;) {
        int c = strcmp(a->servers[i].name, b->servers[j].name);

        if (!c && strcmp(a->servers[i].options, b->servers[j].options))
            return true;
        i += c <= 0;
        j += c >= 0;
    }
    return false;
}
