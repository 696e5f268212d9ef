#include "lb-template/dns_entry.h"

#include <stdlib.h>
#include <string.h>

#include "lib/search.h"
#include "lib/xmalloc.h"

static int by_name(const void *a, const void *b);
static int name_to_entry(const void *key, const void *member);
static void join(struct dns_entry *to, struct dns_entry *from);
static void entry_done(struct dns_entry *e);

struct dns_entry *dns_entries_add(struct dns_entries *l, const char *name)
{
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n] = (struct dns_entry){.name = xstrdup(name)};
    return &l->v[l->n++];
}

void dns_entries_sort(struct dns_entries *l)
{
    size_t n = 0;

    if (l->n)
        qsort(l->v, l->n, sizeof *l->v, by_name);
    for (size_t i = 0; i < l->n; i++) {
        if (n && !strcmp(l->v[n - 1].name, l->v[i].name))
            join(&l->v[n - 1], &l->v[i]);
        else
            l->v[n++] = l->v[i];
    }
    l->n = n;
    for (size_t i = 0; i < n; i++)
        strv_sort_unique(&l->v[i].records);
}

const struct dns_entry *dns_entries_find(const struct dns_entries *l, const char *name)
{
    bool found = false;
    size_t at = search_sorted(l->v, l->n, sizeof *l->v, name, name_to_entry, &found);

    return found ? &l->v[at] : NULL;
}

void dns_entries_done(struct dns_entries *l)
{
    for (size_t i = 0; i < l->n; i++)
        entry_done(&l->v[i]);
    free(l->v);
    *l = (struct dns_entries){0};
}

bool dns_entries_equal(const struct dns_entries *a, const struct dns_entries *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->v[i].name, b->v[i].name) || !strv_equal(&a->v[i].records, &b->v[i].records))
            return false;
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct dns_entry *)a)->name, ((const struct dns_entry *)b)->name);
}

static int name_to_entry(const void *key, const void *member)
{
    return strcmp(key, ((const struct dns_entry *)member)->name);
}

/* 'from' is empty afterwards. */
static void join(struct dns_entry *to, struct dns_entry *from)
{
    for (size_t i = 0; i < from->records.n; i++)
        strv_add(&to->records, from->records.v[i]);
    entry_done(from);
}

static void entry_done(struct dns_entry *e)
{
    free(e->name);
    strv_done(&e->records);
}
