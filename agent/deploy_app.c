#include "agent/deploy_app.h"

#include <stdlib.h>
#include <string.h>

#include "lib/marathon_json.h"
#include "lib/xmalloc.h"

static int check(const json_t *app, const struct marathon_app *read, struct err **err);
static json_t *first_port(json_t *app, const char **ret_key);
static uint16_t next_port(uint16_t own, uint16_t alternative, const struct marathon_app *before);
static void set_identity(json_t *app, const struct marathon_app *before);
static void set_port(json_t *app, const struct marathon_app *before);
static void set_numbers(json_t *app, unsigned instances, const struct marathon_app *before,
                        const struct deploy_options *options);
static void set_label(json_t *app, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void drop_answers(json_t *app);
static bool read_label(const struct kvs *labels, const char *key, unsigned max, unsigned *ret);
static bool is_older(const struct marathon_app *a, const struct marathon_app *b);

int deploy_app_prepare(json_t *app, const struct marathon_app *before,
                       const struct deploy_options *options, struct err **err)
{
    CLEAN(free_str) char *text = json_dumps(app, JSON_COMPACT);
    struct marathon_app read = {0};

    if (!text || marathon_app_parse(text, strlen(text), &read, NULL, err))
        return text ? -1 : err_set(err, "the definition is no JSON object");
    int failed = check(app, &read, err);
    if (!failed) {
        drop_answers(app);
        set_port(app, before);
        set_numbers(app, read.instances, before, options);
        set_identity(app, before);
    }
    marathon_app_done(&read);
    return failed;
}

const char *deploy_app_group(const struct marathon_app *app)
{
    const char *group = kvs_get(&app->labels, DEPLOY_GROUP);

    return group && *group ? group : NULL;
}

unsigned deploy_app_target(const struct marathon_app *app)
{
    unsigned target;

    return read_label(&app->labels, DEPLOY_TARGET, MARATHON_TASKS_MAX, &target) ? target
                                                                                : app->instances;
}

unsigned deploy_app_split(const struct marathon_app *app)
{
    unsigned split;

    return read_label(&app->labels, DEPLOY_NEW, MARATHON_TASKS_MAX, &split) ? split : 0;
}

int deploy_app_find(const struct marathon_apps *all, const char *group,
                    const struct marathon_app **ret_new, const struct marathon_app **ret_old,
                    struct err **err)
{
    const struct marathon_app *found[2] = {NULL, NULL};
    size_t n = 0;

    for (size_t i = 0; i < all->n; i++) {
        const char *own = deploy_app_group(&all->v[i]);

        if (!own || strcmp(own, group) != 0)
            continue;
        if (n == 2)
            return err_set(err,
                           "%s, %s and %s are in deployment group %s: delete the one that is not "
                           "to serve",
                           found[0]->id, found[1]->id, all->v[i].id, group);
        found[n++] = &all->v[i];
    }
    bool swapped = n == 2 && is_older(found[0], found[1]);
    *ret_new = found[swapped];
    *ret_old = n == 2 ? found[!swapped] : NULL;
    return 0;
}

static int check(const json_t *app, const struct marathon_app *read, struct err **err)
{
    unsigned alternative;

    if (!deploy_app_group(read))
        return err_set(err, "%s has no label " DEPLOY_GROUP, read->id);
    if (!read_label(&read->labels, DEPLOY_ALT_PORT, 65535, &alternative))
        return err_set(err, "%s has no label " DEPLOY_ALT_PORT " with a port", read->id);
    if (read->ports.n != 1 || !read->ports.v[0].service_port)
        return err_set(err, "%s must have one port, with a service port", read->id);
    if (read->ports.v[0].service_port == alternative)
        return err_set(err, DEPLOY_ALT_PORT " of %s is its service port: it must be another one",
                       read->id);
    if (!read->instances)
        return err_set(err, "%s is to have no instance", read->id);
    return json_obj(app, "labels") ? 0 : err_set(err, "%s has no labels", read->id);
}

/* Where the service port is said, in whatever form, and under which key. */
static json_t *first_port(json_t *app, const char **ret_key)
{
    json_t *container = json_obj(app, "container");
    json_t *mappings = json_arr(container, "portMappings");

    if (!json_array_size(mappings))
        mappings = json_arr(json_obj(container, "docker"), "portMappings");
    *ret_key = "servicePort";
    if (json_array_size(mappings))
        return json_array_get(mappings, 0);
    *ret_key = "port";
    return json_array_get(json_arr(app, "portDefinitions"), 0);
}

static uint16_t next_port(uint16_t own, uint16_t alternative, const struct marathon_app *before)
{
    bool taken = before && before->ports.n && before->ports.v[0].service_port == own;

    return taken ? alternative : own;
}

static void set_identity(json_t *app, const struct marathon_app *before)
{
    const char *last = before ? kvs_get(&before->labels, DEPLOY_COLOUR) : NULL;
    const char *colour = last && !strcmp(last, "blue") ? "green" : "blue";
    CLEAN(free_str) char *id = xstrdup(json_str(app, "id"));
    CLEAN(free_str) char *coloured = xasprintf("%s-%s", id, colour);

    set_label(app, "HAPROXY_APP_ID", "%s", id);
    set_label(app, DEPLOY_COLOUR, "%s", colour);
    json_set_str(app, "id", coloured);
}

/* Both apps are served at the port that the file says; each has a service port of its own, so that
 * Marathon and others can tell them apart. */
static void set_port(json_t *app, const struct marathon_app *before)
{
    json_t *labels = json_obj(app, "labels");
    const char *key, *said = json_str(labels, DEPLOY_ALT_PORT);
    json_t *port = first_port(app, &key), *bare = NULL;

    if (!port) /* bare numbers, as before 1.5 */
        bare = json_array_get(json_arr(app, "ports"), 0);
    uint16_t own = (uint16_t)json_integer_value(port ? json_object_get(port, key) : bare);
    uint16_t next = next_port(own, (uint16_t)strtoul(said, NULL, 10), before);
    if (!json_object_get(labels, "HAPROXY_0_PORT"))
        set_label(app, "HAPROXY_0_PORT", "%u", own);
    if (port)
        json_object_set_new(port, key, json_integer(next));
    else
        json_array_set_new(json_arr(app, "ports"), 0, json_integer(next));
}

static void set_numbers(json_t *app, unsigned instances, const struct marathon_app *before,
                        const struct deploy_options *options)
{
    unsigned first = before && options->initial < instances ? options->initial : instances;

    set_label(app, DEPLOY_TARGET, "%u", instances);
    set_label(app, DEPLOY_STARTED_AT, "%s", options->began);
    json_object_del(json_obj(app, "labels"), DEPLOY_NEW);
    if (before && options->split && options->split < instances) {
        set_label(app, DEPLOY_NEW, "%u", options->split);
        first = first < options->split ? first : options->split;
    }
    json_object_set_new(app, "instances", json_integer(first));
}

static void set_label(json_t *app, const char *key, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    CLEAN(free_str) char *value = xvasprintf(format, args);
    va_end(args);
    json_set_str(json_obj(app, "labels"), key, value);
}

/* A file may be what Marathon answered: it refuses its own answers in a new definition. */
static void drop_answers(json_t *app)
{
    static const char *const keys[] = {"version",        "versionInfo",    "tasks",
                                       "deployments",    "tasksStaged",    "tasksRunning",
                                       "tasksHealthy",   "tasksUnhealthy", "readinessCheckResults",
                                       "lastTaskFailure"};

    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        json_object_del(app, keys[i]);
}

static bool read_label(const struct kvs *labels, const char *key, unsigned max, unsigned *ret)
{
    const char *value = kvs_get(labels, key);
    char *end;

    if (!value || !*value || strspn(value, "0123456789") != strlen(value))
        return false;
    unsigned long n = strtoul(value, &end, 10);
    if (!n || n > max)
        return false;
    *ret = (unsigned)n;
    return true;
}

static bool is_older(const struct marathon_app *a, const struct marathon_app *b)
{
    const char *x = kvs_get(&a->labels, DEPLOY_STARTED_AT);
    const char *y = kvs_get(&b->labels, DEPLOY_STARTED_AT);

    return strcmp(x ? x : "", y ? y : "") < 0;
}
