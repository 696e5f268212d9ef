#include "agent/marathon_source.h"

#include <stdlib.h>
#include <string.h>

#include "lib/search.h"
#include "lib/xmalloc.h"
#include "registrator/metadata.h"
#include "registrator/registrator.h"

struct marathon_source_app {
    char *id;
    struct instances instances;
    struct problems problems;
    double next; /* as marathon_source_update() returns it */
};

static void update_all(struct marathon_source *s, const struct marathon_apps *apps, double now);
static void fill(struct marathon_source_app *a, const struct marathon_app *app, const char *scheme,
                 double now);
static void app_done(struct marathon_source_app *a);
static int compare_id(const void *key, const void *member);
static bool counts(const struct marathon_task *task);
static size_t add_endpoints(const struct marathon_app *app, const struct marathon_task *task,
                            const struct kvs *env, struct endpoint *v);
static struct endpoint make_endpoint(const struct marathon_app *app,
                                     const struct marathon_task *task, const struct kvs *env,
                                     size_t index, const char *address, uint16_t port);
static int compare_endpoints(const void *a, const void *b);
static void finish(const struct marathon_task *task, enum instance_state state, struct instance *i);
static enum instance_state state_of(const struct marathon_app *app,
                                    const struct marathon_task *task, double now, double *next);
static double patience(const struct marathon_app *app);

void marathon_source_done(struct marathon_source *s)
{
    for (size_t i = 0; i < s->n; i++)
        app_done(&s->v[i]);
    free(s->v);
    *s = (struct marathon_source){.scheme = s->scheme};
}

double marathon_source_update(struct marathon_source *s, const struct marathon_apps *apps,
                              const char *id, double now)
{
    const struct marathon_app *app = id ? marathon_apps_find(apps, id) : NULL;
    bool found = false;
    size_t at = id ? search_sorted(s->v, s->n, sizeof *s->v, id, compare_id, &found) : 0;
    double next = 0;

    if (!id || found != (app != NULL))
        update_all(s, apps, now);
    else if (found)
        fill(&s->v[at], app, s->scheme, now);
    for (size_t i = 0; i < s->n; i++)
        if (s->v[i].next > 0 && (next <= 0 || s->v[i].next < next))
            next = s->v[i].next;
    return next;
}

void marathon_source_lend(const struct marathon_source *s, struct instances *ret,
                          struct problems *problems)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->n; i++) {
        const struct marathon_source_app *a = &s->v[i];

        for (size_t k = 0; k < a->instances.n; k++)
            *instances_add(ret) = a->instances.v[k];
        for (size_t k = 0; k < a->problems.n; k++)
            problems_add(problems, a->problems.v[k].subject, "%s", a->problems.v[k].text);
    }
    instances_sort(ret);
    for (size_t i = 0; i < ret->n; i++)
        if (!kept || instance_cmp(&ret->v[kept - 1], &ret->v[i]))
            ret->v[kept++] = ret->v[i];
    ret->n = kept;
}

double marathon_source_read(const struct marathon_app *app, const char *scheme, double now,
                            struct instances *ret, struct problems *problems)
{
    struct endpoint *v = xcalloc(2 * app->ports.n + 1, sizeof *v);
    struct kvs env = {0};
    double next = 0;

    kvs_copy(&env, &app->env);
    kvs_set(&env, "MARATHON_APP_ID", app->id);
    for (size_t i = 0; i < app->tasks.n; i++) {
        const struct marathon_task *task = &app->tasks.v[i];
        struct registrator_config config = {.node = task->host, .app_name = scheme};
        size_t from = ret->n;

        kvs_set(&env, "MESOS_TASK_ID", task->id);
        size_t n = counts(task) ? add_endpoints(app, task, &env, v) : 0;
        if (!n)
            continue;
        if (ipaddr_parse(task->host, &config.host_addr))
            config.host_addr = ipaddr_any4(); /* a name; finish() puts it there */
        enum instance_state state = state_of(app, task, now, &next);
        instances_from_container(&config, v, n, ret, problems);
        for (size_t k = from; k < ret->n; k++)
            finish(task, state, &ret->v[k]);
    }
    kvs_done(&env);
    free(v);
    return next;
}

/* ---- apps ---- */

/* Both are sorted by id. */
static void update_all(struct marathon_source *s, const struct marathon_apps *apps, double now)
{
    for (size_t i = 0; i < s->n; i++)
        app_done(&s->v[i]);
    s->n = 0;
    for (size_t i = 0; i < apps->n; i++) {
        s->v = xgrow(s->v, s->n, &s->cap, sizeof *s->v);
        s->v[s->n] = (struct marathon_source_app){.id = xstrdup(apps->v[i].id)};
        fill(&s->v[s->n++], &apps->v[i], s->scheme, now);
    }
}

static void fill(struct marathon_source_app *a, const struct marathon_app *app, const char *scheme,
                 double now)
{
    instances_done(&a->instances);
    problems_done(&a->problems);
    a->next = marathon_source_read(app, scheme, now, &a->instances, &a->problems);
}

static void app_done(struct marathon_source_app *a)
{
    free(a->id);
    instances_done(&a->instances);
    problems_done(&a->problems);
}

static int compare_id(const void *key, const void *member)
{
    return strcmp(key, ((const struct marathon_source_app *)member)->id);
}

/* ---- tasks ---- */

/* A task that is being killed still finishes what it has. */
static bool counts(const struct marathon_task *task)
{
    return marathon_state_serves(task->state) || task->state == MARATHON_KILLING;
}

/* A port of both protocols is two. Returns how many there are. */
static size_t add_endpoints(const struct marathon_app *app, const struct marathon_task *task,
                            const struct kvs *env, struct endpoint *v)
{
    size_t n = 0;

    for (size_t i = 0; i < app->ports.n; i++) {
        const struct marathon_port *p = &app->ports.v[i];
        const char *address;
        uint16_t port;

        if (!marathon_app_reach(app, task, i, &address, &port))
            continue;
        struct endpoint e = make_endpoint(app, task, env, i, address, port);
        if (p->udp) {
            e.protocol = IPPROTO_UDP;
            v[n++] = e;
        }
        e.protocol = IPPROTO_TCP;
        if (p->tcp)
            v[n++] = e;
    }
    if (n)
        qsort(v, n, sizeof *v, compare_endpoints);
    return n;
}

static struct endpoint make_endpoint(const struct marathon_app *app,
                                     const struct marathon_task *task, const struct kvs *env,
                                     size_t index, const char *address, uint16_t port)
{
    const struct marathon_port *p = &app->ports.v[index];
    struct endpoint e = {
        .container_id = task->id,
        .container_name = task->id,
        .image = "",
        .env = env,
        .labels = &app->labels,
        .network = app->networks.n ? app->networks.v[0] : marathon_network_name(app->network),
        .container_port = p->container_port ? p->container_port : port,
        .index = (unsigned)index,
        .service_port = p->service_port,
        .draining = task->state == MARATHON_KILLING,
    };

    if (app->network == MARATHON_CONTAINER) {
        e.reach = REACH_DIRECT;
        ipaddr_parse(address, &e.container_addr);
        return e;
    }
    e.reach = app->network == MARATHON_HOST ? REACH_HOST : REACH_PUBLISHED;
    e.host_addr = ipaddr_any4();
    e.host_port = port;
    return e;
}

static int compare_endpoints(const void *a, const void *b)
{
    return endpoint_cmp(a, b);
}

/* It is no container that we know, and no registration of ours. Its id is the task's own. */
static void finish(const struct marathon_task *task, enum instance_state state, struct instance *i)
{
    struct ipaddr address;

    if (!strstr(i->id, task->id)) { /* SERVICE_ID is the same for all tasks of the app */
        char *said = i->id;

        i->id = xasprintf("%s@%s", said, task->id);
        free(said);
    }
    kvs_unset(&i->meta, META_CONTAINER_ID);
    kvs_unset(&i->meta, META_NODE);
    if (i->state != INSTANCE_DRAINING)
        i->state = state;
    if (kvs_get(&i->meta, META_HOST_PORT) && ipaddr_parse(task->host, &address)) {
        free(i->address);
        i->address = xstrdup(task->host);
    }
}

/* A check without a result speaks against a task that has just begun; after a change of leaders
 * Marathon has no result at all for a while, and then it speaks against none. */
static enum instance_state state_of(const struct marathon_app *app,
                                    const struct marathon_task *task, double now, double *next)
{
    double until = task->started_at + patience(app);

    if (!marathon_app_healthy(app, task, true))
        return INSTANCE_CRITICAL;
    if (task->ready == MARATHON_READY_NO)
        return INSTANCE_STARTING;
    if (marathon_app_healthy(app, task, false) || now >= until)
        return INSTANCE_PASSING;
    if (*next <= 0 || until < *next)
        *next = until;
    return INSTANCE_STARTING;
}

/* Seconds until each check has run once. */
static double patience(const struct marathon_app *app)
{
    double longest = 0;

    for (size_t i = 0; i < app->checks.n; i++) {
        double wait = (double)app->checks.v[i].grace + app->checks.v[i].interval;

        longest = wait > longest ? wait : longest;
    }
    return longest;
}
