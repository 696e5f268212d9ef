#include "lb-template/claim.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

/* One wish of one route: a host name, or a port where 'vhost' is NULL. */
struct claim {
    char *vhost; /* own copy: the loser's list changes */
    uint16_t port;
    struct route *route;
};

struct claims {
    struct claim *v;
    size_t n;
    size_t cap;
};

static void add(struct claims *l, const char *vhost, uint16_t port, struct route *route);
static int compare_things(const struct claim *a, const struct claim *b);
static int by_thing_then_service(const void *a, const void *b);
static void lose(const struct claim *loser, const struct claim *winner, struct problems *problems);

void claims_settle(struct routes *l, struct problems *problems)
{
    struct claims claims = {0};

    for (size_t i = 0; i < l->n; i++) {
        for (size_t j = 0; j < l->v[i].vhosts.n; j++)
            add(&claims, l->v[i].vhosts.v[j], 0, &l->v[i]);
        for (size_t j = 0; j < l->v[i].n_service_ports; j++)
            add(&claims, NULL, l->v[i].service_ports[j], &l->v[i]);
    }
    if (claims.n)
        qsort(claims.v, claims.n, sizeof *claims.v, by_thing_then_service);
    size_t winner = 0;
    for (size_t i = 1; i < claims.n; i++) {
        if (compare_things(&claims.v[winner], &claims.v[i]))
            winner = i;
        else
            lose(&claims.v[i], &claims.v[winner], problems);
    }
    for (size_t i = 0; i < claims.n; i++)
        free(claims.v[i].vhost);
    free(claims.v);
}

static void add(struct claims *l, const char *vhost, uint16_t port, struct route *route)
{
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n++] = (struct claim){vhost ? xstrdup(vhost) : NULL, port, route};
}

/* 0 for the same thing; ports come before names. */
static int compare_things(const struct claim *a, const struct claim *b)
{
    if (!a->vhost != !b->vhost)
        return a->vhost ? 1 : -1;
    return a->vhost ? strcmp(a->vhost, b->vhost) : (a->port > b->port) - (a->port < b->port);
}

static int by_thing_then_service(const void *a, const void *b)
{
    const struct claim *x = a, *y = b;
    int c = compare_things(x, y);

    return c ? c : strcmp(x->route->service, y->route->service);
}

static void lose(const struct claim *loser, const struct claim *winner, struct problems *problems)
{
    CLEAN(free_str) char *subject = xasprintf("service %s", loser->route->service);

    if (loser->vhost) {
        problems_add(problems, subject,
                     "host name %s already belongs to service %s: give one of them another name",
                     loser->vhost, winner->route->service);
        route_drop_vhost(loser->route, loser->vhost);
    } else {
        problems_add(problems, subject,
                     "service port %u already belongs to service %s: give one of them another port",
                     loser->port, winner->route->service);
        route_drop_port(loser->route, loser->port);
    }
}
