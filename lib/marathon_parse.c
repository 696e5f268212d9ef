#include "lib/marathon_app.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/marathon_json.h"
#include "lib/marathon_list.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

/* What add_app() adds to. */
struct listed {
    struct marathon_apps *apps;
    struct problems *problems;
};

static json_t *parse(const char *text, size_t len, struct err **err);
static void add_app(void *arg, const json_t *from);
static void sort_unique(struct marathon_apps *l);
static int compare(const void *a, const void *b);
static int read_app(const json_t *from, struct marathon_app *ret, struct problems *problems,
                    struct err **err);
static int read_definition(const json_t *from, struct marathon_app *ret, struct err **err);
static void read_strategy(const json_t *from, struct marathon_app *ret);
static double read_share(const json_t *from, const char *key, double otherwise);
static int read_tasks(const json_t *from, struct marathon_app *ret, struct problems *problems,
                      struct err **err);
static void keep_one_each(struct marathon_tasks *l);
static void read_deployments(const json_t *from, struct strv *ret);
static void read_readiness(const json_t *results, struct marathon_tasks *tasks);
static char *shown(const char *id);

int marathon_apps_parse(const char *text, size_t len, struct marathon_apps *ret,
                        struct problems *problems, struct err **err)
{
    struct listed listed = {ret, problems};

    if (marathon_list_each(text, len, add_app, &listed, err)) {
        marathon_apps_done(ret);
        return -1;
    }
    sort_unique(ret);
    return 0;
}

int marathon_app_parse(const char *text, size_t len, struct marathon_app *ret,
                       struct problems *problems, struct err **err)
{
    CLEAN(json) json_t *doc = parse(text, len, err);
    const json_t *inner = json_obj(doc, "app");

    if (!doc)
        return -1;
    if (!read_app(inner ? inner : doc, ret, problems, err))
        return 0;
    marathon_app_done(ret);
    return err_wrap(err, "Marathon's answer about one app");
}

/* A NUL in one string is taken, so that it costs that string alone; json_str() leaves it out. */
static json_t *parse(const char *text, size_t len, struct err **err)
{
    json_error_t where;
    json_t *doc = json_loadb(text, len, JSON_ALLOW_NUL, &where);

    if (!doc)
        err_set(err, "Marathon's answer is no JSON at line %d, column %d: %s", where.line,
                where.column, where.text);
    return doc;
}

static void add_app(void *arg, const json_t *from)
{
    struct marathon_apps *ret = ((struct listed *)arg)->apps;
    struct problems *problems = ((struct listed *)arg)->problems;
    CLEAN(err) struct err *err = NULL;
    struct marathon_app app = {0};

    if (!read_app(from, &app, problems, &err)) {
        ret->v = xgrow(ret->v, ret->n, &ret->cap, sizeof *ret->v);
        ret->v[ret->n++] = app;
        return;
    }
    CLEAN(free_str) char *subject = shown(json_str(from, "id"));
    problems_add(problems, subject, "it is left out: %s", err_msg(err));
    marathon_app_done(&app);
}

/* Marathon says no id twice; of what does, one stays. */
static void sort_unique(struct marathon_apps *l)
{
    size_t kept = 0;

    if (l->n)
        qsort(l->v, l->n, sizeof *l->v, compare);
    for (size_t i = 0; i < l->n; i++) {
        if (kept && !compare(&l->v[kept - 1], &l->v[i]))
            marathon_app_done(&l->v[i]);
        else
            l->v[kept++] = l->v[i];
    }
    l->n = kept;
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct marathon_app *)a)->id, ((const struct marathon_app *)b)->id);
}

static int read_app(const json_t *from, struct marathon_app *ret, struct problems *problems,
                    struct err **err)
{
    if (marathon_read_text(from, "id", &ret->id, err))
        return -1;
    if (!ret->id || !marathon_id_ok(ret->id))
        return err_set(err, "\"id\" is not the id of an app, such as /shop/greet");
    if (read_definition(from, ret, err) || read_tasks(from, ret, problems, err))
        return -1;
    read_deployments(json_arr(from, "deployments"), &ret->deployments);
    read_readiness(json_arr(from, "readinessCheckResults"), &ret->tasks);
    return 0;
}

static int read_definition(const json_t *from, struct marathon_app *ret, struct err **err)
{
    ret->instances = 1;
    ret->network = marathon_network_read(from, &ret->networks);
    ret->version = xstrdup("");
    read_strategy(json_obj(from, "upgradeStrategy"), ret);
    ret->readiness_checks = (unsigned)json_array_size(json_arr(from, "readinessChecks"));
    if (marathon_read_text(from, "version", &ret->version, err) ||
        marathon_read_number(from, "instances", &ret->instances, err) ||
        marathon_read_pairs(from, "labels", &ret->labels, err) ||
        marathon_read_pairs(from, "env", &ret->env, err) ||
        marathon_ports_read(from, ret->network, &ret->ports, err))
        return -1;
    return marathon_checks_read(from, &ret->checks, err);
}

static void read_strategy(const json_t *from, struct marathon_app *ret)
{
    ret->min_health = read_share(from, "minimumHealthCapacity", 1);
    ret->max_over = read_share(from, "maximumOverCapacity", 1);
}

static double read_share(const json_t *from, const char *key, double otherwise)
{
    const json_t *said = json_object_get(from, key);
    double value = json_number_value(said);

    return json_is_number(said) && value >= 0 && value <= 1 ? value : otherwise;
}

static int read_tasks(const json_t *from, struct marathon_app *ret, struct problems *problems,
                      struct err **err)
{
    const json_t *list = json_arr(from, "tasks"), *entry;
    size_t i;

    if (json_array_size(list) > MARATHON_TASKS_MAX)
        return err_set(err, "it has more than %d tasks", MARATHON_TASKS_MAX);
    json_array_foreach(list, i, entry) {
        struct err *wrong = NULL;

        if (!marathon_task_read(entry, marathon_tasks_add(&ret->tasks), &wrong))
            continue;
        CLEAN(free_str) char *subject = shown(ret->id);
        problems_add(problems, subject, "a task is left out: %s", err_msg(wrong));
        err_free(wrong);
        marathon_task_done(&ret->tasks.v[--ret->tasks.n]);
    }
    marathon_tasks_sort(&ret->tasks);
    keep_one_each(&ret->tasks);
    return 0;
}

static void keep_one_each(struct marathon_tasks *l)
{
    size_t kept = 0;

    for (size_t i = 0; i < l->n; i++) {
        if (kept && !strcmp(l->v[kept - 1].id, l->v[i].id))
            marathon_task_done(&l->v[i]);
        else
            l->v[kept++] = l->v[i];
    }
    l->n = kept;
}

static void read_deployments(const json_t *from, struct strv *ret)
{
    const json_t *entry;
    size_t i;

    json_array_foreach(from, i, entry) {
        char *id = NULL;

        if (!marathon_read_text(entry, "id", &id, NULL) && id && ret->n < MARATHON_DEPLOYMENTS_MAX)
            strv_add(ret, id);
        free(id);
    }
}

/* A task is ready when each of its results says so. */
static void read_readiness(const json_t *results, struct marathon_tasks *tasks)
{
    const json_t *result;
    size_t i;

    json_array_foreach(results, i, result) {
        const char *id = json_str(result, "taskId");
        bool ready = json_is_true(json_object_get(result, "ready"));
        struct marathon_task *task = id ? marathon_tasks_find(tasks, id) : NULL;

        if (task && task->ready != MARATHON_READY_NO)
            task->ready = ready ? MARATHON_READY_YES : MARATHON_READY_NO;
    }
}

/* How an app is called in a problem. */
static char *shown(const char *id)
{
    struct sbuf b = SBUF_INIT;

    sbuf_adds(&b, "Marathon app ");
    sbuf_add_printable(&b, id && strlen(id) <= MARATHON_TEXT_MAX ? id : "without an id");
    return sbuf_take(&b);
}
