#include "lib/strv.h"

#include <stdlib.h>
#include <string.h>

#include "lib/sbuf.h"
#include "lib/xmalloc.h"

void strv_done(struct strv *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->v[i]);
    free(l->v);
    *l = (struct strv){0};
}

void strv_add(struct strv *l, const char *s)
{
    strv_add_take(l, xstrdup(s));
}

void strv_addn(struct strv *l, const char *s, size_t len)
{
    strv_add_take(l, xstrndup(s, len));
}

void strv_add_take(struct strv *l, char *s)
{
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n++] = s;
}

void strv_remove(struct strv *l, size_t at)
{
    free(l->v[at]);
    memmove(&l->v[at], &l->v[at + 1], (--l->n - at) * sizeof *l->v);
}

void strv_drop(struct strv *l, const char *s)
{
    for (size_t i = 0; i < l->n; i++)
        if (!strcmp(l->v[i], s)) {
            strv_remove(l, i);
            return;
        }
}

bool strv_contains(const struct strv *l, const char *s)
{
    for (size_t i = 0; i < l->n; i++)
        if (!strcmp(l->v[i], s))
            return true;
    return false;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort_unique(struct strv *l)
{
    size_t kept = 0;

    if (l->n)
        qsort(l->v, l->n, sizeof *l->v, compare);
    for (size_t i = 0; i < l->n; i++)
        if (kept && !strcmp(l->v[kept - 1], l->v[i]))
            free(l->v[i]);
        else
            l->v[kept++] = l->v[i];
    l->n = kept;
}

bool strv_equal(const struct strv *a, const struct strv *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->v[i], b->v[i]))
            return false;
    return true;
}

void strv_copy(struct strv *dst, const struct strv *src)
{
    for (size_t i = 0; i < src->n; i++)
        strv_add(dst, src->v[i]);
}

char *strv_join(const struct strv *l, const char *separator)
{
    struct sbuf b = SBUF_INIT;

    for (size_t i = 0; i < l->n; i++) {
        if (i)
            sbuf_adds(&b, separator);
        sbuf_adds(&b, l->v[i]);
    }
    return sbuf_take(&b);
}
