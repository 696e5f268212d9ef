#include "lb-template/claim.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

static int compare_things(const struct claim *a, const struct claim *b);
static int compare_apps(const struct claim *a, const struct claim *b);
static int by_thing_then_right(const void *a, const void *b);
static void lose(struct claim *loser, const struct claim *winner, struct problems *problems);

void claims_settle(struct claim *v, size_t n, struct problems *problems)
{
    struct claim **order = xcalloc(n, sizeof *order);

    for (size_t i = 0; i < n; i++) {
        v[i].lost = false;
        order[i] = &v[i];
    }
    if (n)
        qsort(order, n, sizeof *order, by_thing_then_right);
    for (size_t i = 1, winner = 0; i < n; i++) {
        if (compare_things(order[winner], order[i]))
            winner = i;
        else
            lose(order[i], order[winner], problems);
    }
    free(order);
}

/* 0 for the same thing; ports come before names. */
static int compare_things(const struct claim *a, const struct claim *b)
{
    if (!a->vhost != !b->vhost)
        return a->vhost ? 1 : -1;
    return a->vhost ? strcmp(a->vhost, b->vhost) : (a->port > b->port) - (a->port < b->port);
}

static int compare_apps(const struct claim *a, const struct claim *b)
{
    if (!a->app || !b->app)
        return !a->app - !b->app;
    return strcmp(a->app, b->app);
}

static int by_thing_then_right(const void *a, const void *b)
{
    const struct claim *x = *(struct claim *const *)a, *y = *(struct claim *const *)b;
    int c = compare_things(x, y);

    if (!c)
        c = x->yields - y->yields;
    if (!c)
        c = compare_apps(x, y);
    return c ? c : strcmp(x->service, y->service);
}

static void lose(struct claim *loser, const struct claim *winner, struct problems *problems)
{
    CLEAN(free_str) char *subject = xasprintf("service %s", loser->service);
    const char *app = winner->app ? winner->app : "";
    const char *of = winner->app ? " of app " : "";

    loser->lost = true;
    if (loser->yields)
        return;
    if (loser->vhost)
        problems_add(
            problems, subject,
            "host name %s already belongs to service %s%s%s: give one of them another name",
            loser->vhost, winner->service, of, app);
    else
        problems_add(problems, subject,
                     "service port %u already belongs to service %s%s%s: give one of them another "
                     "port",
                     loser->port, winner->service, of, app);
}
