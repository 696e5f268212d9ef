#include "lb-template/lingering.h"

#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

static void keep(struct routes *routes, const struct route *gone, size_t n_live);
static void drop_claimed(struct route *r, const struct routes *routes, size_t n_live);
static void learn(struct lingering *l, const struct routes *routes, const struct lingering *before,
                  double now);
static double until_of(const struct lingering *before, const char *backend, double now);

double lingering_apply(struct lingering *l, struct routes *routes, double now)
{
    struct lingering before = *l;
    struct routes live = {0};
    double next = 0.;
    size_t n_live = routes->n;

    *l = (struct lingering){0};
    for (size_t i = 0; i < n_live; i++)
        routes_add_empty(&live, &routes->v[i]);
    for (size_t i = 0; i < before.known.n; i++) {
        const struct route *r = &before.known.v[i];

        if (!routes_find(&live, r->backend) && (!before.until[i] || before.until[i] > now))
            keep(routes, r, n_live);
    }
    routes_sort(routes);
    learn(l, routes, &before, now);
    for (size_t i = 0; i < l->known.n; i++) {
        if (routes_find(&live, l->known.v[i].backend))
            l->until[i] = 0.;
        else if (!next || l->until[i] < next)
            next = l->until[i];
    }
    routes_done(&live);
    lingering_done(&before);
    return next;
}

void lingering_done(struct lingering *l)
{
    routes_done(&l->known);
    free(l->until);
    l->until = NULL;
}

static void keep(struct routes *routes, const struct route *gone, size_t n_live)
{
    routes_add_empty(routes, gone);
    drop_claimed(&routes->v[routes->n - 1], routes, n_live);
}

static void drop_claimed(struct route *r, const struct routes *routes, size_t n_live)
{
    for (size_t i = 0; i < n_live; i++) {
        for (size_t j = 0; j < routes->v[i].n_service_ports; j++)
            route_drop_port(r, routes->v[i].service_ports[j]);
        for (size_t j = 0; j < routes->v[i].vhosts.n; j++)
            if (strv_contains(&r->vhosts, routes->v[i].vhosts.v[j]))
                route_drop_vhost(r, routes->v[i].vhosts.v[j]);
    }
}

/* Takes 'routes' as what is known from now on, each with the time at which it would go. */
static void learn(struct lingering *l, const struct routes *routes, const struct lingering *before,
                  double now)
{
    l->until = xcalloc(routes->n, sizeof *l->until);
    for (size_t i = 0; i < routes->n; i++) {
        routes_add_empty(&l->known, &routes->v[i]);
        l->until[i] = until_of(before, routes->v[i].backend, now);
    }
}

static double until_of(const struct lingering *before, const char *backend, double now)
{
    const struct route *r = routes_find(&before->known, backend);
    double until = r ? before->until[r - before->known.v] : 0.;

    return until ? until : now + LINGER_SECONDS;
}
