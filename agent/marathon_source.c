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
static void refill(struct marathon_source *s, struct marathon_source_app *a,
                   const struct marathon_app *app, double now);
static void add_services(const struct marathon_source_app *a, struct strv *ret);
static void set_service(struct marathon_source *s, const char *name);
static void lend(const struct marathon_source_app *a, const char *service, struct instances *ret);
static void sort_unique(struct instances *l);
static double next_time(const struct marathon_source *s);
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
    catalog_done(&s->catalog);
    *s = (struct marathon_source){.scheme = s->scheme};
}

double marathon_source_update(struct marathon_source *s, const struct marathon_apps *apps,
                              const char *id, double now)
{
    const struct marathon_app *app = id ? marathon_apps_find(apps, id) : NULL;
    bool found = false;
    size_t at = id ? search_sorted(s->v, s->n, sizeof *s->v, id, compare_id, &found) : 0;

    if (!id || found != (app != NULL))
        update_all(s, apps, now);
    else if (found)
        refill(s, &s->v[at], app, now);
    return next_time(s);
}

double marathon_source_again(struct marathon_source *s, const struct marathon_apps *apps,
                             double now)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct marathon_app *app = marathon_apps_find(apps, s->v[i].id);

        if (app && s->v[i].next > 0 && s->v[i].next <= now)
            refill(s, &s->v[i], app, now);
    }
    return next_time(s);
}

void marathon_source_report(const struct marathon_source *s, struct problems *problems)
{
    for (size_t i = 0; i < s->n; i++)
        for (size_t k = 0; k < s->v[i].problems.n; k++)
            problems_add(problems, s->v[i].problems.v[k].subject, "%s", s->v[i].problems.v[k].text);
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

/* Both are sorted by id. Services that are the same stay untouched. */
static void update_all(struct marathon_source *s, const struct marathon_apps *apps, double now)
{
    struct instances all = {0};

    for (size_t i = 0; i < s->n; i++)
        app_done(&s->v[i]);
    s->n = 0;
    for (size_t i = 0; i < apps->n; i++) {
        s->v = xgrow(s->v, s->n, &s->cap, sizeof *s->v);
        s->v[s->n] = (struct marathon_source_app){.id = xstrdup(apps->v[i].id)};
        fill(&s->v[s->n++], &apps->v[i], s->scheme, now);
    }
    for (size_t i = 0; i < s->n; i++)
        lend(&s->v[i], NULL, &all);
    sort_unique(&all);
    catalog_set_all(&s->catalog, &all);
    free(all.v); /* the instances themselves are only lent */
}

/* One app again, and the services that it had or has now. */
static void refill(struct marathon_source *s, struct marathon_source_app *a,
                   const struct marathon_app *app, double now)
{
    struct strv services = {0};

    add_services(a, &services);
    fill(a, app, s->scheme, now);
    add_services(a, &services);
    strv_sort_unique(&services);
    for (size_t i = 0; i < services.n; i++)
        set_service(s, services.v[i]);
    strv_done(&services);
}

static void add_services(const struct marathon_source_app *a, struct strv *ret)
{
    for (size_t i = 0; i < a->instances.n; i++)
        if (!i || strcmp(a->instances.v[i].service, a->instances.v[i - 1].service) != 0)
            strv_add(ret, a->instances.v[i].service);
}

/* Several apps may have it. */
static void set_service(struct marathon_source *s, const char *name)
{
    struct instances lent = {0}, now = {0};

    for (size_t i = 0; i < s->n; i++)
        lend(&s->v[i], name, &lent);
    sort_unique(&lent);
    instances_copy(&now, &lent);
    catalog_set(&s->catalog, name, &now);
    free(lent.v); /* the instances themselves are only lent */
}

/* Appends the app's instances of 'service', or all of them where it is NULL. */
static void lend(const struct marathon_source_app *a, const char *service, struct instances *ret)
{
    for (size_t i = 0; i < a->instances.n; i++)
        if (!service || !strcmp(a->instances.v[i].service, service))
            *instances_add(ret) = a->instances.v[i];
}

static void sort_unique(struct instances *l)
{
    size_t kept = 0;

    instances_sort(l);
    for (size_t i = 0; i < l->n; i++)
        if (!kept || instance_cmp(&l->v[kept - 1], &l->v[i]))
            l->v[kept++] = l->v[i];
    l->n = kept;
}

/* When the first of the apps is to be looked at again; 0: none is. */
static double next_time(const struct marathon_source *s)
{
    double next = 0;

    for (size_t i = 0; i < s->n; i++)
        if (s->v[i].next > 0 && (next <= 0 || s->v[i].next < next))
            next = s->v[i].next;
    return next;
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
