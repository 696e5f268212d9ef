#include "registrator/catalog_join.h"

#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

struct catalog_join_service {
    char *name;
    uint64_t stamps[CATALOG_JOIN_SOURCES]; /* 0: that one does not have it */
};

/* Where a walk through the sources, and through what was joined before, is. */
struct walk {
    const struct catalog *const *from;
    size_t at[CATALOG_JOIN_SOURCES];
    struct catalog_join_service *before;
    size_t n_before;
    size_t at_before;
};

static bool find_tasks(struct catalog_join *j, const struct catalog *registry);
static const char *next_name(const struct walk *w);
static bool take_sources(struct walk *w, struct catalog_join_service *s,
                         const struct catalog_service **of);
static struct catalog_join_service *take_before(struct walk *w, const char *name);
static void join(struct catalog_join *j, const char *name, const struct catalog_service **of);
static void lend_unknown(const struct catalog_join *j, const struct instances *tasks,
                         struct instances *ret);
static int compare(const void *a, const void *b);

void catalog_join_update(struct catalog_join *j, const struct catalog *const *from)
{
    bool other_tasks = find_tasks(j, from[CATALOG_JOIN_REGISTRY]);
    struct walk w = {.from = from, .before = j->v, .n_before = j->n};
    size_t most = j->n, n = 0;
    const char *name;

    for (size_t k = 0; k < CATALOG_JOIN_SOURCES; k++)
        most += from[k]->n;
    struct catalog_join_service *now = xcalloc(most + 1, sizeof *now);
    while ((name = next_name(&w))) {
        const struct catalog_service *of[CATALOG_JOIN_SOURCES] = {NULL};
        struct catalog_join_service s = {.name = xstrdup(name)};
        bool any = take_sources(&w, &s, of);
        struct catalog_join_service *before = take_before(&w, s.name);

        if (!before || memcmp(before->stamps, s.stamps, sizeof s.stamps) != 0 ||
            (other_tasks && of[CATALOG_JOIN_TASKS]))
            join(j, s.name, of);
        if (any)
            now[n++] = s;
        else
            free(s.name);
    }
    for (size_t i = 0; i < j->n; i++)
        free(j->v[i].name);
    free(j->v);
    j->v = now;
    j->n = n;
}

void catalog_join_done(struct catalog_join *j)
{
    for (size_t i = 0; i < j->n; i++)
        free(j->v[i].name);
    free(j->v);
    strv_done(&j->tasks);
    catalog_done(&j->joined);
    *j = (struct catalog_join){0};
}

/* The tasks that the registry has. Returns whether they are others than before. A stamp is greater
 * than any before it, so that a registry with as many services and no newer one is the same. */
static bool find_tasks(struct catalog_join *j, const struct catalog *registry)
{
    struct strv tasks = {0};
    uint64_t newest = 0;

    for (size_t i = 0; i < registry->n; i++)
        newest = registry->v[i]->stamp > newest ? registry->v[i]->stamp : newest;
    if (newest == j->newest && registry->n == j->services)
        return false;
    j->newest = newest;
    j->services = registry->n;
    for (size_t i = 0; i < registry->n; i++)
        for (size_t k = 0; k < registry->v[i]->instances.n; k++) {
            const char *task = kvs_get(&registry->v[i]->instances.v[k].meta, META_MESOS_TASK);

            if (task)
                strv_add(&tasks, task);
        }
    strv_sort_unique(&tasks);
    bool others = !strv_equal(&tasks, &j->tasks);
    strv_done(&j->tasks);
    j->tasks = tasks;
    return others;
}

/* The lowest name that has not been taken; NULL: none is left. */
static const char *next_name(const struct walk *w)
{
    const char *name = w->at_before < w->n_before ? w->before[w->at_before].name : NULL;

    for (size_t k = 0; k < CATALOG_JOIN_SOURCES; k++) {
        const struct catalog *c = w->from[k];

        if (w->at[k] < c->n && (!name || strcmp(c->v[w->at[k]]->name, name) < 0))
            name = c->v[w->at[k]]->name;
    }
    return name;
}

/* What the sources have of service 's'. Returns whether there is anything. */
static bool take_sources(struct walk *w, struct catalog_join_service *s,
                         const struct catalog_service **of)
{
    bool any = false;

    for (size_t k = 0; k < CATALOG_JOIN_SOURCES; k++) {
        const struct catalog *c = w->from[k];

        if (w->at[k] >= c->n || strcmp(c->v[w->at[k]]->name, s->name) != 0)
            continue;
        of[k] = c->v[w->at[k]++];
        s->stamps[k] = of[k]->stamp;
        any = true;
    }
    return any;
}

static struct catalog_join_service *take_before(struct walk *w, const char *name)
{
    if (w->at_before >= w->n_before || strcmp(w->before[w->at_before].name, name) != 0)
        return NULL;
    return &w->before[w->at_before++];
}

static void join(struct catalog_join *j, const char *name, const struct catalog_service **of)
{
    static const struct instances none;
    struct instances known = {0}, tasks = {0}, all = {0};
    const struct instances *lists[CATALOG_JOIN_SOURCES];

    for (size_t k = 0; k < CATALOG_JOIN_SOURCES; k++)
        lists[k] = of[k] ? &of[k]->instances : &none;
    instances_join(lists[CATALOG_JOIN_REGISTRY], lists[CATALOG_JOIN_MACHINES], &known);
    lend_unknown(j, lists[CATALOG_JOIN_TASKS], &tasks);
    instances_join(&known, &tasks, &all);
    catalog_set(&j->joined, name, &all);
    instances_done(&known);
    free(tasks.v); /* the instances themselves are only lent */
}

/* Those of 'tasks' that the registry does not have. */
static void lend_unknown(const struct catalog_join *j, const struct instances *tasks,
                         struct instances *ret)
{
    for (size_t i = 0; i < tasks->n; i++) {
        const char *task = kvs_get(&tasks->v[i].meta, META_MESOS_TASK);

        if (!task || !j->tasks.n ||
            !bsearch(&task, j->tasks.v, j->tasks.n, sizeof *j->tasks.v, compare))
            *instances_add(ret) = tasks->v[i];
    }
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}
