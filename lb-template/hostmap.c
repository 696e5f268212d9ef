#include "lb-template/hostmap.h"

#include <stdlib.h>
#include <string.h>

#include "lb-template/render.h"
#include "lib/xmalloc.h"

static void add_hosts(struct kvs *pairs, const struct routes *routes, const struct strv *without);
static int by_host(const void *a, const void *b);

void hostmap_init(struct hostmap *h, const char *dir)
{
    *h = (struct hostmap){.map = {.path = xasprintf("%s/" RENDER_MAP, dir)}};
}

void hostmap_update(struct hostmap *h, const struct routing *routing, const struct strv *without)
{
    struct kvs now = {0};

    if (h->map.stamp && h->routing == routing->stamp && strv_equal(&h->without, without))
        return;
    h->routing = routing->stamp;
    strv_done(&h->without);
    strv_copy(&h->without, without);
    add_hosts(&now, &routing->routes, without);
    if (h->map.stamp && kvs_equal(&h->map.pairs, &now)) {
        kvs_done(&now);
        return;
    }
    kvs_done(&h->map.pairs);
    h->map.pairs = now;
    h->map.stamp = rendering_stamp();
}

void hostmap_done(struct hostmap *h)
{
    free(h->map.path);
    kvs_done(&h->map.pairs);
    strv_done(&h->without);
    *h = (struct hostmap){0};
}

/* No name is there twice, so it does not matter that this sort is not stable. */
static void add_hosts(struct kvs *pairs, const struct routes *routes, const struct strv *without)
{
    for (size_t i = 0; i < routes->n; i++) {
        const struct route *r = &routes->v[i];

        if (r->vhosts.n && strv_contains(without, r->service))
            continue;
        for (size_t j = 0; j < r->vhosts.n; j++)
            kvs_add(pairs, r->vhosts.v[j], r->backend);
    }
    if (pairs->n)
        qsort(pairs->v, pairs->n, sizeof *pairs->v, by_host);
}

static int by_host(const void *a, const void *b)
{
    const struct kv *x = a, *y = b;

    return strcmp(x->key, y->key);
}
