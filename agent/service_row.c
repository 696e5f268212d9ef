#include "agent/service_row.h"

#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

static int compare_names(const void *a, const void *b);
static void add(struct service_row *s, const struct row *r);

void service_rows_make(const struct rows *rows, struct service_rows *ret)
{
    const struct row **sorted = xcalloc(rows->n, sizeof *sorted);
    size_t n = 0;

    for (size_t i = 0; i < rows->n; i++)
        if (rows->v[i].service)
            sorted[n++] = &rows->v[i];
    if (n)
        qsort(sorted, n, sizeof *sorted, compare_names);
    *ret = (struct service_rows){.v = xcalloc(n, sizeof *ret->v)};
    for (size_t i = 0; i < n; i++) {
        if (!i || strcmp(sorted[i]->service, sorted[i - 1]->service) != 0)
            ret->v[ret->n++] = (struct service_row){.name = sorted[i]->service};
        add(&ret->v[ret->n - 1], sorted[i]);
    }
    for (size_t i = 0; i < ret->n; i++)
        if (!ret->v[i].up && ret->v[i].health != ROW_NONE)
            ret->v[i].health = ROW_BAD;
    free(sorted);
}

void service_rows_done(struct service_rows *l)
{
    free(l->v);
    *l = (struct service_rows){0};
}

static int compare_names(const void *a, const void *b)
{
    return strcmp((*(const struct row *const *)a)->service,
                  (*(const struct row *const *)b)->service);
}

/* The worst of its rows. */
static void add(struct service_row *s, const struct row *r)
{
    s->instances++;
    s->up += r->health == ROW_GOOD;
    s->here += r->ours;
    if (!s->ways)
        s->ways = r->ways;
    if (r->health > s->health)
        s->health = r->health;
}
