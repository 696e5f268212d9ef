#include "portmap/lease.h"

#include <stdlib.h>
#include <string.h>

static int cmp_key_then_family(const void *a, const void *b);
static void join(struct mapping *first, const struct mapping *second);

void lease_read(const struct elements *l, struct mapping *v, size_t *n)
{
    for (size_t i = 0; i < l->n; i++)
        if (!element_to_mapping(&l->v[i], &v[*n]))
            ++*n;
}

size_t lease_join(struct mapping *v, size_t n)
{
    size_t kept = 0;

    if (n)
        qsort(v, n, sizeof *v, cmp_key_then_family);
    for (size_t i = 0; i < n; i++)
        if (kept && !mapping_cmp_key(&v[kept - 1], &v[i]))
            join(&v[kept - 1], &v[i]);
        else
            v[kept++] = v[i];
    return kept;
}

/* IPv4 comes first. */
static int cmp_key_then_family(const void *a, const void *b)
{
    const struct mapping *x = a, *y = b;
    int order = mapping_cmp_key(x, y);

    return order ? order : !x->container_addr.family - !y->container_addr.family;
}

static void join(struct mapping *first, const struct mapping *second)
{
    if (!first->container_id[0] && second->container_id[0])
        *first = *second;
    else if (!mapping_cmp_lease(first, second))
        first->container_addr6 = second->container_addr6;
}
