#include "lib/marathon_app.h"

#include <stdlib.h>
#include <string.h>

#include "lib/search.h"
#include "lib/xmalloc.h"

static int compare_id(const void *key, const void *member);
static struct marathon_app *insert_at(struct marathon_apps *l, size_t at);

void marathon_app_done(struct marathon_app *a)
{
    free(a->id);
    free(a->version);
    kvs_done(&a->labels);
    kvs_done(&a->env);
    strv_done(&a->networks);
    marathon_ports_done(&a->ports);
    marathon_checks_done(&a->checks);
    marathon_tasks_done(&a->tasks);
    strv_done(&a->deployments);
    *a = (struct marathon_app){0};
}

void marathon_apps_done(struct marathon_apps *l)
{
    for (size_t i = 0; i < l->n; i++)
        marathon_app_done(&l->v[i]);
    free(l->v);
    *l = (struct marathon_apps){0};
}

struct marathon_app *marathon_apps_find(const struct marathon_apps *l, const char *id)
{
    bool found;
    size_t at = search_sorted(l->v, l->n, sizeof *l->v, id, compare_id, &found);

    return found ? &l->v[at] : NULL;
}

bool marathon_apps_put(struct marathon_apps *l, struct marathon_app *app)
{
    bool found;
    size_t at = search_sorted(l->v, l->n, sizeof *l->v, app->id, compare_id, &found);
    bool same = found && marathon_app_equal(&l->v[at], app);

    if (same) {
        marathon_app_done(app);
        return false;
    }
    if (found)
        marathon_app_done(&l->v[at]);
    *(found ? &l->v[at] : insert_at(l, at)) = *app;
    *app = (struct marathon_app){0};
    return true;
}

bool marathon_apps_remove(struct marathon_apps *l, const char *id)
{
    bool found;
    size_t at = search_sorted(l->v, l->n, sizeof *l->v, id, compare_id, &found);

    if (!found)
        return false;
    marathon_app_done(&l->v[at]);
    memmove(&l->v[at], &l->v[at + 1], (--l->n - at) * sizeof *l->v);
    return true;
}

bool marathon_app_equal(const struct marathon_app *a, const struct marathon_app *b)
{
    return !strcmp(a->id, b->id) && !strcmp(a->version, b->version) &&
           a->instances == b->instances && a->network == b->network &&
           a->readiness_checks == b->readiness_checks && a->min_health == b->min_health &&
           a->max_over == b->max_over && kvs_equal(&a->labels, &b->labels) &&
           kvs_equal(&a->env, &b->env) && strv_equal(&a->networks, &b->networks) &&
           strv_equal(&a->deployments, &b->deployments) &&
           marathon_ports_equal(&a->ports, &b->ports) &&
           marathon_checks_equal(&a->checks, &b->checks) &&
           marathon_tasks_equal(&a->tasks, &b->tasks);
}

bool marathon_apps_equal(const struct marathon_apps *a, const struct marathon_apps *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (!marathon_app_equal(&a->v[i], &b->v[i]))
            return false;
    return true;
}

uint16_t marathon_app_host_port(const struct marathon_app *a, const struct marathon_task *task,
                                size_t index)
{
    size_t nth = 0;

    if (index >= a->ports.n || !a->ports.v[index].mapped)
        return 0;
    for (size_t i = 0; i < index; i++)
        nth += a->ports.v[i].mapped;
    return nth < task->n_ports ? task->ports[nth] : 0;
}

bool marathon_app_reach(const struct marathon_app *a, const struct marathon_task *task,
                        size_t index, const char **ret_address, uint16_t *ret_port)
{
    bool own = a->network == MARATHON_CONTAINER;
    uint16_t port = marathon_app_host_port(a, task, index);
    const char *address = !own ? task->host : task->addresses.n ? task->addresses.v[0] : NULL;

    if (index < a->ports.n && own && a->ports.v[index].container_port)
        port = a->ports.v[index].container_port;
    if (!address || !port)
        return false;
    *ret_address = address;
    *ret_port = port;
    return true;
}

bool marathon_app_healthy(const struct marathon_app *a, const struct marathon_task *task,
                          bool lenient)
{
    if (task->alive < task->checked)
        return false;
    return lenient || task->checked >= a->checks.n;
}

static int compare_id(const void *key, const void *member)
{
    return strcmp(key, ((const struct marathon_app *)member)->id);
}

static struct marathon_app *insert_at(struct marathon_apps *l, size_t at)
{
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    memmove(&l->v[at + 1], &l->v[at], (l->n++ - at) * sizeof *l->v);
    return &l->v[at];
}
