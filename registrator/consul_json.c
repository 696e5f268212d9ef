#include "registrator/consul_json.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/xmalloc.h"
#include "registrator/consul_probe.h"
#include "registrator/text.h"

#define TAGGED_CONTAINER "container" /* berth's own name among the TaggedAddresses */
#define TAGGED_IPV4 "lan_ipv4"       /* Consul's own names */
#define TAGGED_IPV6 "lan_ipv6"

static json_t *parse_as(json_type type, const char *text, size_t len, const char *what,
                        struct err **err);
static json_t *tags_json(const struct strv *tags);
static json_t *meta_json(const struct kvs *meta);
static json_t *tagged_json(const struct instance *i);
static void set_tagged(json_t *tagged, const char *name, const char *address, uint16_t port);
static json_t *weights_json(const struct instance *i);
static void read_service(const json_t *service, struct instance *i);
static void read_options(const json_t *service, struct instance *i);
static unsigned read_weight(const json_t *weights, const char *key);
static void read_tags(const json_t *tags, struct strv *ret);
static void read_meta(json_t *meta, struct kvs *ret);
static void read_container(const json_t *service, struct instance *i);
static uint16_t read_port(const json_t *object);
static void add_own(const char *id, const json_t *service, const json_t *checks, const char *node,
                    struct instances *ret);
static void add_other(const char *id, const json_t *service, const char *mark,
                      struct instances *ret);
static void add_health(const json_t *entry, const char *service, struct instances *ret);
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
    if (i->container_address || i->address6)
        json_object_set_new(body, "TaggedAddresses", tagged_json(i));
    if (i->weight || i->weight_warning)
        json_object_set_new(body, "Weights", weights_json(i));
    if (i->tag_override)
        json_object_set_new(body, "EnableTagOverride", json_true());
    if (i->probes.n)
        json_object_set_new(body, "Checks", consul_probes_json(&i->probes));
    return json_dumps(body, JSON_COMPACT);
}

int consul_json_own(const char *services, size_t services_len, const char *checks,
                    size_t checks_len, const char *node, struct instances *ret,
                    struct instances *others, struct err **err)
{
    CLEAN(json) json_t *s = parse_as(JSON_OBJECT, services, services_len, "services", err);
    CLEAN(json) json_t *c = s ? parse_as(JSON_OBJECT, checks, checks_len, "checks", err) : NULL;
    const char *id;
    json_t *service;

    if (!c)
        return -1;
    json_object_foreach(s, id, service) {
        const char *mark = json_str(json_obj(service, "Meta"), META_NODE);

        if (mark && !strcmp(mark, node))
            add_own(id, service, c, node, ret);
        else
            add_other(id, service, mark, others);
    }
    sort_unique(ret);
    sort_unique(others);
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

/* Consul fills in lan_ipv4 or lan_ipv6 by itself where there is one address. */
static json_t *tagged_json(const struct instance *i)
{
    json_t *tagged = json_object();

    if (i->address6) {
        set_tagged(tagged, TAGGED_IPV4, i->address, i->port);
        set_tagged(tagged, TAGGED_IPV6, i->address6, i->port);
    }
    if (i->container_address)
        set_tagged(tagged, TAGGED_CONTAINER, i->container_address, i->container_port);
    return tagged;
}

static void set_tagged(json_t *tagged, const char *name, const char *address, uint16_t port)
{
    json_t *end = json_object();

    json_set_str(end, "Address", address);
    json_object_set_new(end, "Port", json_integer(port));
    json_object_set_new(tagged, name, end);
}

static json_t *weights_json(const struct instance *i)
{
    json_t *weights = json_object();

    json_object_set_new(weights, "Passing", json_integer(i->weight ? i->weight : 1));
    json_object_set_new(weights, "Warning",
                        json_integer(i->weight_warning ? i->weight_warning : 1));
    return weights;
}

/* Reads what the agent and the catalog say about a service in the same way. */
static void read_service(const json_t *service, struct instance *i)
{
    i->address = copy(json_str(service, "Address"));
    i->port = read_port(service);
    read_tags(json_arr(service, "Tags"), &i->tags);
    read_meta(json_obj(service, "Meta"), &i->meta);
    read_container(service, i);
    read_options(service, i);
}

static void read_options(const json_t *service, struct instance *i)
{
    const json_t *tagged = json_obj(service, "TaggedAddresses");
    const json_t *weights = json_obj(service, "Weights");
    const char *address6 = json_str(json_obj(tagged, TAGGED_IPV6), "Address");

    if (address6 && *address6 && !strchr(i->address, ':'))
        i->address6 = xstrdup(address6);
    i->weight = read_weight(weights, "Passing");
    i->weight_warning = read_weight(weights, "Warning");
    i->tag_override = json_is_true(json_object_get(service, "EnableTagOverride"));
}

/* 1 is what Consul says where nobody said anything. */
static unsigned read_weight(const json_t *weights, const char *key)
{
    json_int_t weight = json_integer_value(json_object_get(weights, key));

    return weight > 1 && weight <= UINT16_MAX ? (unsigned)weight : 0;
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

    if (!name)
        return;
    struct instance *i = instances_add(ret);
    i->id = xstrdup(id);
    i->service = xstrdup(name);
    i->node = xstrdup(node);
    read_service(service, i);
    consul_probe_read(checks, i);
}

static void add_other(const char *id, const json_t *service, const char *mark,
                      struct instances *ret)
{
    const char *name = json_str(service, "Service");

    if (!name)
        return;
    *instances_add(ret) = (struct instance){.id = xstrdup(id),
                                            .service = xstrdup(name),
                                            .node = copy(mark),
                                            .address = copy(json_str(service, "Address")),
                                            .port = read_port(service)};
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
    i->state = consul_probe_health(json_arr(entry, "Checks"));
    read_service(s, i);
    free(i->address);
    i->address = xstrdup(address);
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
