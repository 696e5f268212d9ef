#include "lb-template/mlb/deployment.h"

#include <string.h>

#include "lb-template/mlb/value.h"
#include "lib/marathon_json.h"
#include "lib/xmalloc.h"

#define PREFIX "HAPROXY_DEPLOYMENT_"

static size_t healthy(const struct marathon_app *app);
static long target(const struct marathon_app *app);

char *mlb_deployment_id(const struct marathon_app *app)
{
    const char *group = kvs_get(&app->labels, PREFIX "GROUP");

    if (!group || !*group)
        return xstrdup(app->id);
    CLEAN(free_str) char *id = xasprintf("%s%s", *group == '/' ? "" : "/", group);
    return marathon_id_ok(id) ? TAKE_PTR(id) : xstrdup(app->id);
}

bool mlb_deployment_is_older(const struct marathon_app *a, const struct marathon_app *b)
{
    const char *began_a = kvs_get(&a->labels, PREFIX "STARTED_AT");
    const char *began_b = kvs_get(&b->labels, PREFIX "STARTED_AT");

    return strcmp(began_a ? began_a : "", began_b ? began_b : "") < 0;
}

size_t mlb_deployment_draining(const struct marathon_app *old, const struct marathon_app *new)
{
    long ready = (long)healthy(new);
    long surplus = ready + (long)old->instances - target(new);
    long n = (long)old->tasks.n;

    if (ready < n)
        n = ready;
    if (surplus < n)
        n = surplus;
    return n > 0 ? (size_t)n : 0;
}

/* Without checks, all that are wanted count as healthy. */
static size_t healthy(const struct marathon_app *app)
{
    size_t n = 0;

    if (!app->checks.n)
        return app->instances;
    for (size_t i = 0; i < app->tasks.n; i++)
        n += app->tasks.v[i].alive > 0;
    return n;
}

static long target(const struct marathon_app *app)
{
    const char *label = kvs_get(&app->labels, PREFIX "TARGET_INSTANCES");
    long n;

    return label && mlb_number(label, 0, MARATHON_NUMBER_MAX, &n) ? n : 1;
}
