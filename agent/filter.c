#include "agent/filter.h"

#include <fnmatch.h>
#include <string.h>

#include "lib/json.h"

#define ID_PREFIX_MIN 4 /* digits, as `berth explain` takes */

struct filtering {
    const json_t *state;
    const struct filter *f;
    bool here; /* this node is asked for */
};

static json_t *pick_containers(const struct filtering *g);
static json_t *pick_of_containers(const struct filtering *g, const json_t *list,
                                  const json_t *containers);
static json_t *pick_instances(const struct filtering *g, const json_t *list);
static json_t *pick_backends(const struct filtering *g, const json_t *instances);
static json_t *pick_problems(const struct filtering *g, const json_t *doc);
static bool is_wanted(const char *pattern, const char *name);

bool filter_is_set(const struct filter *f)
{
    return f->service || f->container || f->node;
}

json_t *filter_state(json_t *state, const struct filter *f)
{
    struct filtering g = {state, f, is_wanted(f->node, json_str(state, "node"))};
    json_t *doc = json_copy(state), *problems;

    json_object_set_new(doc, "containers", pick_containers(&g));
    const json_t *containers = json_arr(doc, "containers");
    json_object_set_new(doc, "mappings",
                        pick_of_containers(&g, json_arr(state, "mappings"), containers));
    json_object_set_new(doc, "instances", pick_instances(&g, json_arr(state, "instances")));
    json_object_set_new(doc, "machines", pick_instances(&g, json_arr(state, "machines")));
    json_object_set_new(doc, "backends", pick_backends(&g, json_arr(doc, "instances")));
    problems = pick_problems(&g, doc);
    json_object_set_new(doc, "problems_left_out",
                        json_integer((json_int_t)(json_array_size(json_arr(state, "problems")) -
                                                  json_array_size(problems))));
    json_object_set_new(doc, "problems", problems);
    json_object_del(doc, "dns");
    json_object_del(doc, "dubbo");
    return doc;
}

bool filter_left_nothing(const json_t *state)
{
    return !json_array_size(json_arr(state, "containers")) &&
           !json_array_size(json_arr(state, "instances")) &&
           !json_array_size(json_arr(state, "machines")) &&
           !json_array_size(json_arr(state, "backends"));
}

static bool is_same(const char *a, const char *b)
{
    return a && b && !strcmp(a, b);
}

static bool is_wanted(const char *pattern, const char *name)
{
    return !pattern || (name && !fnmatch(pattern, name, FNM_NOESCAPE));
}

/* ---- containers ---- */

static bool is_container_wanted(const struct filtering *g, const json_t *container)
{
    const char *pattern = g->f->container, *id = json_str(container, "id");
    size_t len = pattern ? strlen(pattern) : 0;

    return is_wanted(pattern, json_str(container, "name")) ||
           (len >= ID_PREFIX_MIN && id && !strncmp(id, pattern, len));
}

/* Is there an instance of the service that is asked for, of this port of the container? 'port' may
 * be NULL: of any. */
static bool is_serving(const struct filtering *g, const char *container_id, const json_t *port,
                       const char *port_key)
{
    const json_t *instance;
    size_t i;

    if (!g->f->service)
        return true;
    json_array_foreach(json_arr(g->state, "instances"), i, instance)
        if (is_same(json_str(instance, "container_id"), container_id) &&
            is_wanted(g->f->service, json_str(instance, "service")) &&
            (!port || (json_equal(json_object_get(instance, "container_port"),
                                  json_object_get(port, port_key)) &&
                       is_same(json_str(instance, "protocol"), json_str(port, "protocol")))))
            return true;
    return false;
}

static json_t *pick_ports(const struct filtering *g, json_t *container)
{
    json_t *picked = json_copy(container), *ports = json_array(), *port;
    size_t i;

    json_array_foreach(json_arr(container, "ports"), i, port)
        if (is_serving(g, json_str(container, "id"), port, "port"))
            json_array_append(ports, port);
    json_object_set_new(picked, "ports", ports);
    return picked;
}

static json_t *pick_containers(const struct filtering *g)
{
    json_t *picked = json_array(), *container;
    size_t i;

    json_array_foreach(json_arr(g->state, "containers"), i, container)
        if (g->here && is_container_wanted(g, container) &&
            is_serving(g, json_str(container, "id"), NULL, NULL))
            json_array_append_new(picked, pick_ports(g, container));
    return picked;
}

static bool has_container(const json_t *containers, const char *id)
{
    const json_t *container;
    size_t i;

    json_array_foreach(containers, i, container)
        if (is_same(json_str(container, "id"), id))
            return true;
    return false;
}

static json_t *pick_of_containers(const struct filtering *g, const json_t *list,
                                  const json_t *containers)
{
    json_t *picked = json_array(), *item;
    size_t i;

    json_array_foreach(list, i, item)
        if (has_container(containers, json_str(item, "container_id")) &&
            is_serving(g, json_str(item, "container_id"), item, "container_port"))
            json_array_append(picked, item);
    return picked;
}

/* ---- instances, machines, servers ---- */

/* A machine is known by its file's name, a container by its own. */
static bool is_of_container(const struct filtering *g, const json_t *instance)
{
    const json_t *container;
    size_t i;

    if (!g->f->container || is_wanted(g->f->container, json_str(instance, "file")))
        return true;
    json_array_foreach(json_arr(g->state, "containers"), i, container)
        if (is_same(json_str(container, "id"), json_str(instance, "container_id")))
            return is_container_wanted(g, container);
    return false;
}

static json_t *pick_instances(const struct filtering *g, const json_t *list)
{
    json_t *picked = json_array(), *item;
    size_t i;

    json_array_foreach(list, i, item)
        if (is_wanted(g->f->service, json_str(item, "service")) &&
            is_wanted(g->f->node, json_str(item, "node")) && is_of_container(g, item))
            json_array_append(picked, item);
    return picked;
}

static bool has_instance(const json_t *instances, const char *id)
{
    const json_t *instance;
    size_t i;

    json_array_foreach(instances, i, instance)
        if (is_same(json_str(instance, "id"), id))
            return true;
    return false;
}

static json_t *pick_servers(const struct filtering *g, const json_t *backend,
                            const json_t *instances)
{
    json_t *picked = json_array(), *server;
    size_t i;

    json_array_foreach(json_arr(backend, "servers"), i, server) {
        /* What has left the catalog says its node no more. */
        bool wanted = g->f->container ? has_instance(instances, json_str(server, "instance_id"))
                                      : is_wanted(g->f->node, json_str(server, "node"));
        if (wanted)
            json_array_append(picked, server);
    }
    return picked;
}

static json_t *pick_backends(const struct filtering *g, const json_t *instances)
{
    json_t *picked = json_array(), *backend;
    size_t i;

    json_array_foreach(json_arr(g->state, "backends"), i, backend) {
        json_t *servers, *copy;

        if (!is_wanted(g->f->service, json_str(backend, "service")))
            continue;
        servers = pick_servers(g, backend, instances);
        if (json_array_size(servers) || (!g->f->node && !g->f->container)) {
            copy = json_copy(backend);
            json_object_set(copy, "servers", servers);
            json_array_append_new(picked, copy);
        }
        json_decref(servers);
    }
    return picked;
}

/* ---- problems ---- */

/* Does 'text' have 'name' as a word of its own? */
static bool has_name(const char *text, const char *name)
{
    static const char inside[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    size_t len = name ? strlen(name) : 0;

    for (const char *at = len ? strstr(text, name) : NULL; at; at = strstr(at + 1, name))
        if ((at == text || !strchr(inside, at[-1])) && (!at[len] || !strchr(inside, at[len])))
            return true;
    return false;
}

static bool concerns(const json_t *problem, const json_t *list, const char *key)
{
    const char *subject = json_str(problem, "subject"), *text = json_str(problem, "text");
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
        if ((subject && has_name(subject, json_str(item, key))) ||
            (text && has_name(text, json_str(item, key))))
            return true;
    return false;
}

static json_t *pick_problems(const struct filtering *g, const json_t *doc)
{
    json_t *picked = json_array(), *problem;
    size_t i;

    json_array_foreach(json_arr(g->state, "problems"), i, problem)
        if (concerns(problem, json_arr(doc, "containers"), "name") ||
            concerns(problem, json_arr(doc, "containers"), "id") ||
            concerns(problem, json_arr(doc, "instances"), "service") ||
            concerns(problem, json_arr(doc, "machines"), "file") ||
            concerns(problem, json_arr(doc, "backends"), "service"))
            json_array_append(picked, problem);
    return picked;
}

/* ---- names ---- */

static void add_names(const json_t *list, const char *key, struct strv *ret)
{
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
        if (json_str(item, key))
            strv_add(ret, json_str(item, key));
}

int filter_names(const json_t *state, const char *kind, struct strv *ret)
{
    const json_t *backend;
    size_t i;

    if (!strcmp(kind, "services")) {
        add_names(json_arr(state, "instances"), "service", ret);
        add_names(json_arr(state, "machines"), "service", ret);
        add_names(json_arr(state, "backends"), "service", ret);
    } else if (!strcmp(kind, "containers")) {
        add_names(json_arr(state, "containers"), "name", ret);
        add_names(json_arr(state, "machines"), "file", ret);
    } else if (!strcmp(kind, "nodes")) {
        if (json_str(state, "node"))
            strv_add(ret, json_str(state, "node"));
        json_array_foreach(json_arr(state, "backends"), i, backend)
            add_names(json_arr(backend, "servers"), "node", ret);
    } else {
        return -1;
    }
    strv_sort_unique(ret);
    return 0;
}
