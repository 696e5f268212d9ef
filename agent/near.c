#include "agent/near.h"

#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

#define LEN_MAX 64 /* bytes of a name that are compared */

struct candidate {
    const char *name;
    size_t distance;
};

static size_t distance(const char *a, const char *b);
static int compare(const void *a, const void *b);

void near_find(const struct strv *all, const char *name, struct strv *ret)
{
    struct candidate *v = xcalloc(all->n, sizeof *v);
    size_t n = 0, len = strlen(name), limit = 1 + len / 4;

    for (size_t i = 0; i < all->n; i++) {
        const char *other = all->v[i];
        size_t shorter = strlen(other) < len ? strlen(other) : len;
        size_t d = distance(name, other);

        if (d <= limit || (shorter >= 2 && !strncmp(name, other, shorter)))
            v[n++] = (struct candidate){other, d};
    }
    if (n)
        qsort(v, n, sizeof *v, compare);
    for (size_t i = 0; i < n && ret->n < NEAR_MAX; i++)
        if (!strv_contains(ret, v[i].name))
            strv_add(ret, v[i].name);
    free(v);
}

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;

    return ab < c ? ab : c;
}

/* Levenshtein's, over the first LEN_MAX bytes: letters to change, add or leave out. */
static size_t distance(const char *a, const char *b)
{
    size_t n = strnlen(a, LEN_MAX), m = strnlen(b, LEN_MAX), row[LEN_MAX + 1];

    for (size_t k = 0; k <= m; k++)
        row[k] = k;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t k = 1; k <= m; k++) {
            size_t above = row[k];

            row[k] = smallest(above + 1, row[k - 1] + 1, diagonal + (a[i - 1] != b[k - 1]));
            diagonal = above;
        }
    }
    return row[m];
}

static int compare(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return strcmp(x->name, y->name);
}
