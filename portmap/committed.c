#include "portmap/committed.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

static bool is_same(const struct committed *c, const struct mapping *v, size_t n);
static const struct mapping **order_by_lease(const struct committed *c, const struct mapping *v,
                                             size_t n);
static size_t split_new(const struct committed *c, const struct mapping *v, size_t n,
                        const struct mapping **stay, const struct mapping **new);
static int cmp_lease(const void *a, const void *b);

void committed_done(struct committed *c)
{
    free(c->v);
    free(c->by_lease);
    *c = (struct committed){0};
}

bool committed_set(struct committed *c, struct mapping **v, size_t n)
{
    if (is_same(c, *v, n))
        return false;
    const struct mapping **by_lease = order_by_lease(c, *v, n);
    committed_done(c);
    c->v = TAKE_PTR(*v);
    c->n = n;
    c->by_lease = by_lease;
    return true;
}

const struct mapping *committed_find(const struct committed *c, const char *container_id,
                                     uint8_t protocol, uint16_t container_port)
{
    struct mapping key = {.protocol = protocol, .container_port = container_port};
    const struct mapping *wanted = &key;
    size_t len = strlen(container_id);

    if (len > CONTAINER_ID_LEN || !c->n)
        return NULL;
    memcpy(key.container_id, container_id, len);
    const struct mapping **found =
        bsearch(&wanted, c->by_lease, c->n, sizeof *c->by_lease, cmp_lease);
    return found ? *found : NULL;
}

struct mapping *committed_merge(const struct committed *c, const struct mapping *kernel, size_t n,
                                size_t *ret_n)
{
    struct mapping *all = xcalloc(c->n + n + 1, sizeof *all);
    size_t n_all = 0, i = 0;

    for (; n_all < c->n; n_all++)
        all[n_all] = *c->by_lease[n_all];
    for (size_t k = 0; k < n; k++) {
        while (i < c->n && mapping_cmp_key(&c->v[i], &kernel[k]) < 0)
            i++;
        if (i == c->n || mapping_cmp_key(&c->v[i], &kernel[k]))
            all[n_all++] = kernel[k];
    }
    *ret_n = n_all;
    return all;
}

static bool is_same(const struct committed *c, const struct mapping *v, size_t n)
{
    if (n != c->n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (mapping_cmp_key(&v[i], &c->v[i]) || !mapping_equal(&v[i], &c->v[i]) ||
            v[i].trace != c->v[i].trace)
            return false;
    return true;
}

/* What stays is in that order already: only what is new is sorted, and merged in. */
static const struct mapping **order_by_lease(const struct committed *c, const struct mapping *v,
                                             size_t n)
{
    const struct mapping **all = xcalloc(n + 1, sizeof *all);
    const struct mapping **stay = xcalloc(c->n + 1, sizeof *stay);
    const struct mapping **new = xcalloc(n + 1, sizeof *new);
    size_t n_new = split_new(c, v, n, stay, new), n_all = 0, next = 0;

    qsort(new, n_new, sizeof *new, cmp_lease);
    for (size_t i = 0; i < c->n; i++) {
        const struct mapping *m = stay[c->by_lease[i] - c->v];

        while (m && next < n_new && mapping_cmp_lease(new[next], m) < 0)
            all[n_all++] = new[next++];
        if (m)
            all[n_all++] = m;
    }
    while (next < n_new)
        all[n_all++] = new[next++];
    free(stay);
    free(new);
    return all;
}

/* Sets 'stay[i]' to the member of 'v' that has the key and the lease of 'c->v[i]', and collects
 * the others in 'new'. Returns how many those are. */
static size_t split_new(const struct committed *c, const struct mapping *v, size_t n,
                        const struct mapping **stay, const struct mapping **new)
{
    size_t n_new = 0, old = 0;

    for (size_t i = 0; i < n; i++) {
        while (old < c->n && mapping_cmp_key(&c->v[old], &v[i]) < 0)
            old++;
        if (old < c->n && !mapping_cmp_key(&c->v[old], &v[i]) &&
            !mapping_cmp_lease(&c->v[old], &v[i]))
            stay[old] = &v[i];
        else
            new[n_new++] = &v[i];
    }
    return n_new;
}

static int cmp_lease(const void *a, const void *b)
{
    return mapping_cmp_lease(*(const struct mapping *const *)a, *(const struct mapping *const *)b);
}
