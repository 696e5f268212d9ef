#include "lb-template/runs.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/diff.h"
#include "lib/xmalloc.h"

/* One server. */
struct run {
    uint64_t name; /* its hash */
    uint32_t trace;
    unsigned weight;
};

struct runs_backend {
    char *name;
    uint64_t stamp; /* of its route; 0: it has none */
    struct run *v;  /* sorted by name */
    size_t n;
};

struct stepping {
    void (*on_step)(uint32_t trace, enum trace_step step);
};

static bool is_same(const struct runs *r, const struct routes *routes);
static struct runs_backend next(struct runs *r, size_t *at, const struct route *route, bool stays,
                                struct stepping *steps);
static struct runs_backend from_route(const struct route *route);
static void forget(struct runs_backend *b, struct stepping *steps);
static void compare(const struct runs_backend *now, const struct runs_backend *before,
                    struct stepping *steps);
static void on_run(enum diff_op op, const void *wanted, const void *actual, void *arg);
static uint64_t hash(const char *name);
static int by_name(const void *a, const void *b);
static int run_equal(const void *a, const void *b);
static void backend_done(struct runs_backend *b);

void runs_update(struct runs *r, const struct routes *routes, const struct strv *without,
                 void (*on_step)(uint32_t trace, enum trace_step step))
{
    struct stepping steps = {on_step};
    size_t at = 0;

    if (is_same(r, routes))
        return;
    struct runs now = {.v = xcalloc(routes->n, sizeof *now.v), .n = routes->n};
    for (size_t i = 0; i < routes->n; i++)
        now.v[i] =
            next(r, &at, &routes->v[i], strv_contains(without, routes->v[i].service), &steps);
    while (at < r->n)
        forget(&r->v[at++], &steps);
    free(r->v);
    *r = now;
}

uint32_t runs_trace(const struct runs *r, const char *backend, const char *server)
{
    struct run key = {.name = hash(server)};
    size_t low = 0, high = r->n;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int c = strcmp(r->v[middle].name, backend);

        if (!c) {
            const struct runs_backend *b = &r->v[middle];
            const struct run *found =
                b->n ? bsearch(&key, b->v, b->n, sizeof *b->v, by_name) : NULL;
            return found ? found->trace : 0;
        }
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

void runs_done(struct runs *r)
{
    for (size_t i = 0; i < r->n; i++)
        backend_done(&r->v[i]);
    free(r->v);
    *r = (struct runs){0};
}

static bool is_same(const struct runs *r, const struct routes *routes)
{
    if (r->n != routes->n)
        return false;
    for (size_t i = 0; i < r->n; i++)
        if (r->v[i].stamp != routes->v[i].stamp || strcmp(r->v[i].name, routes->v[i].backend) != 0)
            return false;
    return true;
}

/* What there is of 'route' from now on; '*at' is the next of those before. */
static struct runs_backend next(struct runs *r, size_t *at, const struct route *route, bool stays,
                                struct stepping *steps)
{
    while (*at < r->n && strcmp(r->v[*at].name, route->backend) < 0)
        forget(&r->v[(*at)++], steps);
    struct runs_backend *before =
        *at < r->n && !strcmp(r->v[*at].name, route->backend) ? &r->v[(*at)++] : NULL;
    if (before && (stays || before->stamp == route->stamp))
        return *before;
    if (stays)
        return (struct runs_backend){.name = xstrdup(route->backend)};
    static const struct runs_backend none;
    struct runs_backend now = from_route(route);
    compare(&now, before ? before : &none, steps);
    if (before)
        backend_done(before);
    return now;
}

static struct runs_backend from_route(const struct route *route)
{
    struct runs_backend b = {
        .name = xstrdup(route->backend),
        .stamp = route->stamp,
        .v = xcalloc(route->n_servers, sizeof *b.v),
        .n = route->n_servers,
    };

    for (size_t i = 0; i < b.n; i++)
        b.v[i] = (struct run){hash(route->servers[i].name), route->servers[i].trace,
                              route->servers[i].weight};
    if (b.n)
        qsort(b.v, b.n, sizeof *b.v, by_name);
    return b;
}

/* All of its servers have gone. */
static void forget(struct runs_backend *b, struct stepping *steps)
{
    static const struct runs_backend none;

    compare(&none, b, steps);
    backend_done(b);
}

static void compare(const struct runs_backend *now, const struct runs_backend *before,
                    struct stepping *steps)
{
    static const struct diff_rules rules = {sizeof(struct run), by_name, run_equal};

    diff_sorted(&rules, now->v, now->n, before->v, before->n, on_run, steps);
}

/* Another run in the same place is news like any other. */
static void on_run(enum diff_op op, const void *wanted, const void *actual, void *arg)
{
    const struct run *now = wanted, *before = actual;
    const struct stepping *steps = arg;
    bool another = now && before && now->trace != before->trace;

    if (op == DIFF_SAME)
        return;
    if (before && before->weight && (!now || !now->weight || another))
        steps->on_step(before->trace, TRACE_DRAINED);
    if (now && now->weight && (!before || !before->weight || another))
        steps->on_step(now->trace, TRACE_APPLIED);
}

/* FNV-1a of 64 bits. */
static uint64_t hash(const char *name)
{
    uint64_t h = 14695981039346656037U;

    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 1099511628211U;
    return h;
}

static int by_name(const void *a, const void *b)
{
    const struct run *x = a, *y = b;

    return (x->name > y->name) - (x->name < y->name);
}

static int run_equal(const void *a, const void *b)
{
    const struct run *x = a, *y = b;

    return x->trace == y->trace && x->weight == y->weight;
}

static void backend_done(struct runs_backend *b)
{
    free(b->name);
    free(b->v);
}
