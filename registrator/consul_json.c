#include "registrator/consul_json.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/xmalloc.h"
#include "registrator/text.h"

#define TAGGED_CONTAINER "container" /* berth's own name among the TaggedAddresses */
#define SERVICE_MAINTENANCE "_service_maintenance:"
#define NODE_MAINTENANCE "_node_maintenance"

static json_t *parse_as(json_type type, const char *text, size_t len, const char *what,
                        struct err **err);
static json_t *tags_json(const struct strv *tags);
static json_t *meta_json(const struct kvs *meta);
static json_t *tagged_json(const struct instance *i);
static void read_service(const json_t *service, struct instance *i);
static void read_tags(const json_t *tags, struct strv *ret);
static void read_meta(json_t *meta, struct kvs *ret);
static void read_container(const json_t *service, struct instance *i);
static uint16_t read_port(const json_t *object);
static void add_own(const char *id, const json_t *service, const json_t *checks, const char *node,
                    struct instances *ret);
static void add_health(const json_t *entry, const char *service, struct instances *ret);
static enum instance_state health_state(const json_t *checks);
static bool is_critical(const json_t *check);
static char *copy(const char *s);
static void sort_unique(struct instances *l);

char *consul_json_register(const struct instance *i)
{
    CLEAN(json) json_t *body = json_object();

    json_set_str(body, "ID", i->id);
    json_set_str(body, "Name", i->service);
    json_set_str(body, "Address", i->address);
    json_object_set_new(body, "Port", json_integer(i->port));
    json_object_set_new(body, "Tags", tags_json(&i->tags));
    json_object_set_new(body, "Meta", meta_json(&i->meta));
    if (i->container_address)
        json_object_set_new(body, "TaggedAddresses", tagged_json(i));
    return json_dumps(body, JSON_COMPACT);
}

int consul_json_own(const char *services, size_t services_len, const char *checks,
                    size_t checks_len, const char *node, struct instances *ret, struct err **err)
{
    CLEAN(json) json_t *s = parse_as(JSON_OBJECT, services, services_len, "services", err);
    CLEAN(json) json_t *c = s ? parse_as(JSON_OBJECT, checks, checks_len, "checks", err) : NULL;
    const char *id;
    json_t *service;

    if (!c)
        return -1;
    json_object_foreach(s, id, service)
        add_own(id, service, c, node, ret);
    sort_unique(ret);
    return 0;
}

int consul_json_health(const char *text, size_t len, const char *service, struct instances *ret,
                       struct err **err)
{
    CLEAN(json) json_t *entries = parse_as(JSON_ARRAY, text, len, "the service's health", err);
    json_t *entry;
    size_t at;

    if (!entries)
        return -1;
    json_array_foreach(entries, at, entry)
        add_health(entry, service, ret);
    sort_unique(ret);
    return 0;
}

int consul_json_names(const char *text, size_t len, struct strv *ret, struct err **err)
{
    CLEAN(json) json_t *services = parse_as(JSON_OBJECT, text, len, "the catalog's services", err);
    const char *name;
    json_t *tags;

    if (!services)
        return -1;
    json_object_foreach(services, name, tags)
        strv_add(ret, name);
    strv_sort_unique(ret);
    return 0;
}

int consul_json_node(const char *text, size_t len, char **ret, struct err **err)
{
    CLEAN(json) json_t *self = parse_as(JSON_OBJECT, text, len, "the agent itself", err);

    if (!self)
        return -1;
    const char *name = json_str(json_obj(self, "Config"), "NodeName");
    if (!name || !*name)
        return err_set(err, "Consul's answer about the agent itself has no Config.NodeName");
    *ret = xstrdup(name);
    return 0;
}

static json_t *parse_as(json_type type, const char *text, size_t len, const char *what,
                        struct err **err)
{
    json_t *j = json_parse(text, len, err);

    if (!j) {
        err_wrap(err, "Consul's answer about %s", what);
        return NULL;
    }
    if (json_typeof(j) == type)
        return j;
    json_decref(j);
    err_set(err, "Consul's answer about %s is no JSON %s", what,
            type == JSON_OBJECT ? "object" : "array");
    return NULL;
}

static json_t *tags_json(const struct strv *tags)
{
    json_t *a = json_array();

    for (size_t i = 0; i < tags->n; i++)
        json_array_append_new(a, json_string(tags->v[i]));
    return a;
}

static json_t *meta_json(const struct kvs *meta)
{
    json_t *o = json_object();

    for (size_t i = 0; i < meta->n; i++)
        json_set_str(o, meta->v[i].key, meta->v[i].value);
    return o;
}

static json_t *tagged_json(const struct instance *i)
{
    json_t *end = json_object();
    json_t *tagged = json_object();

    json_set_str(end, "Address", i->container_address);
    json_object_set_new(end, "Port", json_integer(i->container_port));
    json_object_set_new(tagged, TAGGED_CONTAINER, end);
    return tagged;
}

/* Reads what the agent and the catalog say about a service in the same way. */
static void read_service(const json_t *service, struct instance *i)
{
    i->address = copy(json_str(service, "Address"));
    i->port = read_port(service);
    read_tags(json_arr(service, "Tags"), &i->tags);
    read_meta(json_obj(service, "Meta"), &i->meta);
    read_container(service, i);
}

static void read_tags(const json_t *tags, struct strv *ret)
{
    json_t *tag;
    size_t at;

    json_array_foreach(tags, at, tag) {
        if (json_is_string(tag))
            strv_add(ret, json_string_value(tag));
    }
}

static void read_meta(json_t *meta, struct kvs *ret)
{
    const char *key;
    json_t *value;

    json_object_foreach(meta, key, value) {
        const char *text = json_str(meta, key);

        if (text)
            kvs_add(ret, key, text);
    }
    kvs_sort(ret);
}

static void read_container(const json_t *service, struct instance *i)
{
    const json_t *end = json_obj(json_obj(service, "TaggedAddresses"), TAGGED_CONTAINER);
    const char *address = json_str(end, "Address");
    const char *port = kvs_get(&i->meta, META_CONTAINER_PORT);

    if (address && *address)
        i->container_address = xstrdup(address);
    if (!port || text_port(port, &i->container_port))
        i->container_port = read_port(end);
}

/* 0 for what is no port. */
static uint16_t read_port(const json_t *object)
{
    json_int_t port = json_integer_value(json_object_get(object, "Port"));

    return port > 0 && port <= UINT16_MAX ? (uint16_t)port : 0;
}

static void add_own(const char *id, const json_t *service, const json_t *checks, const char *node,
                    struct instances *ret)
{
    const char *name = json_str(service, "Service");
    const char *mark = json_str(json_obj(service, "Meta"), META_NODE);

    if (!name || !mark || strcmp(mark, node))
        return;
    CLEAN(free_str) char *check = xasprintf(SERVICE_MAINTENANCE "%s", id);
    struct instance *i = instances_add(ret);
    i->id = xstrdup(id);
    i->service = xstrdup(name);
    i->node = xstrdup(node);
    i->state = is_critical(json_object_get(checks, check)) ? INSTANCE_DRAINING : INSTANCE_PASSING;
    read_service(service, i);
}

static void add_health(const json_t *entry, const char *service, struct instances *ret)
{
    const json_t *node = json_obj(entry, "Node"), *s = json_obj(entry, "Service");
    const char *id = json_str(s, "ID"), *node_name = json_str(node, "Node");
    const char *own = json_str(s, "Address"), *of_node = json_str(node, "Address");
    const char *address = own && *own ? own : of_node;

    if (!id || !*id || !node_name || !address || !*address)
        return;
    struct instance *i = instances_add(ret);
    i->id = xstrdup(id);
    i->service = xstrdup(service);
    i->node = xstrdup(node_name);
    i->state = health_state(json_arr(entry, "Checks"));
    read_service(s, i);
    free(i->address);
    i->address = xstrdup(address);
}

static enum instance_state health_state(const json_t *checks)
{
    enum instance_state state = INSTANCE_PASSING;
    json_t *check;
    size_t at;

    json_array_foreach(checks, at, check) {
        const char *id = json_str(check, "CheckID");

        if (!is_critical(check))
            continue;
        if (id && (!strcmp(id, NODE_MAINTENANCE) ||
                   !strncmp(id, SERVICE_MAINTENANCE, sizeof SERVICE_MAINTENANCE - 1)))
            return INSTANCE_DRAINING;
        state = INSTANCE_CRITICAL;
    }
    return state;
}

static bool is_critical(const json_t *check)
{
    const char *status = json_str(check, "Status");

    return status && !strcmp(status, "critical");
}

static char *copy(const char *s)
{
    return xstrdup(s ? s : "");
}

/* An answer that names an instance twice is none of Consul's; the first one stays. */
static void sort_unique(struct instances *l)
{
    size_t kept = 0;

    instances_sort(l);
    for (size_t i = 0; i < l->n; i++) {
        if (kept && !instance_cmp(&l->v[kept - 1], &l->v[i]))
            instance_done(&l->v[i]);
        else
            l->v[kept++] = l->v[i];
    }
    l->n = kept;
}
