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

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Over the first LEN_MAX bytes: letters to change, add or leave out, and neighbours to exchange
 * (optimal string alignment). Row i is where the first i letters of 'a' stand, in three rows that
 * take turns. */
static size_t distance(const char *a, const char *b)
{
    size_t n = strnlen(a, LEN_MAX), m = strnlen(b, LEN_MAX), rows[3][LEN_MAX + 1];

    for (size_t k = 0; k <= m; k++)
        rows[0][k] = k;
    for (size_t i = 1; i <= n; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3], *higher = rows[(i + 1) % 3];

        row[0] = i;
        for (size_t k = 1; k <= m; k++) {
            size_t changed = above[k - 1] + (a[i - 1] != b[k - 1]);

            row[k] = smaller(smaller(above[k], row[k - 1]) + 1, changed);
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                row[k] = smaller(row[k], higher[k - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

static int compare(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return strcmp(x->name, y->name);
}
