#include "agent/state.h"

#include <string.h>

#include "agent/agent_catalog.h"
#include "agent/agent_dns.h"
#include "agent/agent_dubbo.h"
#include "agent/agent_marathon.h"
#include "agent/agent_problems.h"
#include "agent/agent_syncs.h"
#include "lib/json.h"
#include "lib/trace.h"
#include "registrator/vmnode.h"

static json_t *containers_json(const struct agent *a, const struct endpoints *endpoints);
static json_t *mappings_json(const struct agent *a, const struct endpoints *endpoints);
static json_t *instances_json(const struct agent *a);
static json_t *machines_json(const struct agent *a);
static json_t *backends_json(const struct agent *a);
static json_t *sources_json(const struct agent *a);

json_t *state_json(const struct agent *a)
{
    json_t *doc = json_object();
    struct endpoints endpoints = {0};
    char address[IPADDR_STRLEN];

    agent_endpoints(a, &endpoints);
    json_set_str(doc, "version", PACKAGE_VERSION);
    json_set_str(doc, "node", a->node);
    json_set_str(doc, "address", ipaddr_format(&a->address, address));
    json_set_str(doc, "registry", a->config->registry);
    json_object_set_new(doc, "ready", json_boolean(agent_is_ready(a)));
    json_object_set_new(doc, "resync", json_real(a->config->resync));
    json_object_set_new(doc, "containers", containers_json(a, &endpoints));
    json_object_set_new(doc, "mappings", mappings_json(a, &endpoints));
    json_object_set_new(doc, "instances", instances_json(a));
    json_object_set_new(doc, "machines", machines_json(a));
    json_object_set_new(doc, "dubbo", agent_dubbo_json(a));
    json_object_set_new(doc, "catalog", agent_catalog_json(a));
    json_object_set_new(doc, "backends", backends_json(a));
    if (a->dns)
        json_object_set_new(doc, "dns", agent_dns_json(a));
    json_object_set_new(doc, "problems", agent_problems_json(a));
    json_object_set_new(doc, "sources", sources_json(a));
    json_object_set_new(doc, "marathon", agent_marathon_json(a));
    endpoints_done(&endpoints);
    return doc;
}

json_t *state_health(const struct agent *a)
{
    json_t *doc = json_object();

    json_set_str(doc, "status", agent_is_ready(a) ? "ok" : "starting or not connected");
    json_object_set_new(doc, "sources", sources_json(a));
    return doc;
}

static json_t *address_json(const struct ipaddr *a)
{
    char text[IPADDR_STRLEN];

    return a->family ? json_string(ipaddr_format(a, text)) : json_null();
}

static json_t *trace_json(uint32_t trace)
{
    char digits[TRACE_LEN + 1];

    return trace ? json_string(trace_format(trace, digits)) : json_null();
}

/* ---- containers ---- */

static json_t *ports_json(const struct endpoints *endpoints, const char *container_id)
{
    json_t *ports = json_array();

    for (size_t i = 0; i < endpoints->n; i++) {
        const struct endpoint *e = &endpoints->v[i];

        if (strcmp(e->container_id, container_id))
            continue;
        json_t *port = json_object();
        json_object_set_new(port, "port", json_integer(e->container_port));
        json_set_str(port, "protocol", protocol_name(e->protocol));
        json_set_str(port, "reach", endpoint_reach_name(e->reach));
        json_set_str(port, "network", e->network);
        if (e->why)
            json_set_str(port, "why", e->why);
        json_array_append_new(ports, port);
    }
    return ports;
}

static json_t *container_json(const struct agent *a, const struct inventory_entry *e,
                              const struct endpoints *endpoints)
{
    json_t *doc = json_object();
    const struct container *c = e->container;

    json_set_str(doc, "id", e->id);
    json_set_str(doc, "name", c ? c->name : NULL);
    json_set_str(doc, "image", c ? c->image : NULL);
    json_set_str(doc, "state",
                 !c ? "quarantined"
                 : inventory_entry_draining(e, ev_now(a->loop), a->config->drain_max) ? "draining"
                                                                                      : "running");
    if (e->quarantine)
        json_set_str(doc, "why", e->quarantine);
    json_object_set_new(doc, "trace", trace_json(c ? c->trace : 0));
    json_t *networks = json_array();
    for (size_t i = 0; c && i < c->n_networks; i++) {
        json_t *network = json_object();
        json_set_str(network, "name", c->networks[i].name);
        json_object_set_new(network, "address", address_json(&c->networks[i].addr));
        json_array_append_new(networks, network);
    }
    json_object_set_new(doc, "networks", networks);
    json_object_set_new(doc, "ports", ports_json(endpoints, e->id));
    return doc;
}

static json_t *containers_json(const struct agent *a, const struct endpoints *endpoints)
{
    const struct inventory *inv = docker_inventory(a->docker);
    json_t *list = json_array();

    for (size_t i = 0; i < inv->n; i++)
        if (inv->v[i].container || inv->v[i].quarantine)
            json_array_append_new(list, container_json(a, &inv->v[i], endpoints));
    return list;
}

/* ---- mappings ---- */

static json_t *mapping_json(const struct mapping *m, const char *container_id, const char *owner)
{
    struct ipaddr any = ipaddr_any4();
    const struct ipaddr *host = mapping_is_everywhere(m) ? &any : &m->host_addr;
    json_t *doc = json_object();

    json_set_str(doc, "protocol", protocol_name(m->protocol));
    json_object_set_new(doc, "host_address", address_json(host));
    json_object_set_new(doc, "host_port", json_integer(m->host_port));
    json_object_set_new(doc, "container_address", address_json(&m->container_addr));
    json_object_set_new(doc, "container_address6", address_json(&m->container_addr6));
    json_object_set_new(doc, "container_port", json_integer(m->container_port));
    json_set_str(doc, "container_id", container_id);
    json_set_str(doc, "owner", owner);
    return doc;
}

/* A port that others serve: the same, but for the owner. */
static struct mapping mapping_of_endpoint(const struct endpoint *e)
{
    return (struct mapping){.protocol = e->protocol,
                            .host_addr = e->host_addr,
                            .host_port = e->host_port,
                            .container_addr = e->container_addr,
                            .container_addr6 = e->container_addr6,
                            .container_port = e->container_port};
}

static json_t *mappings_json(const struct agent *a, const struct endpoints *endpoints)
{
    json_t *list = json_array();
    size_t n = 0;
    const struct mapping *ours = a->portmap ? portmap_list(a->portmap, &n) : NULL;

    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, mapping_json(&ours[i], ours[i].container_id, "berth"));
    for (size_t i = 0; i < endpoints->n; i++) {
        const struct endpoint *e = &endpoints->v[i];
        struct mapping m = mapping_of_endpoint(e);

        if (e->reach == REACH_PUBLISHED || e->reach == REACH_HOST)
            json_array_append_new(list, mapping_json(&m, e->container_id,
                                                     e->reach == REACH_HOST ? "host" : "docker"));
    }
    return list;
}

/* ---- instances ---- */

static json_t *strv_json(const struct strv *l)
{
    json_t *list = json_array();

    for (size_t i = 0; i < l->n; i++)
        json_array_append_new(list, json_string(l->v[i]));
    return list;
}

/* A decimal Meta value as a number, or null. */
static json_t *meta_number(const struct instance *i, const char *key)
{
    const char *text = kvs_get(&i->meta, key);

    return text ? json_integer(strtol(text, NULL, 10)) : json_null();
}

static json_t *instance_json(const struct agent *a, const struct instance *i)
{
    json_t *doc = json_object();

    json_set_str(doc, "id", i->id);
    json_set_str(doc, "service", i->service);
    json_set_str(doc, "node", i->node);
    json_set_str(doc, "container_id", kvs_get(&i->meta, META_CONTAINER_ID));
    json_set_str(doc, "address", i->address);
    json_set_str(doc, "address6", i->address6);
    json_object_set_new(doc, "port", json_integer(i->port));
    json_set_str(doc, "container_address", i->container_address);
    json_object_set_new(doc, "container_port", json_integer(i->container_port));
    json_set_str(doc, "protocol", kvs_get(&i->meta, META_PROTOCOL));
    json_set_str(doc, "network", kvs_get(&i->meta, META_NETWORK));
    json_object_set_new(doc, "service_port", meta_number(i, META_SERVICE_PORT));
    json_set_str(doc, "vhost", kvs_get(&i->meta, META_VHOST));
    json_object_set_new(doc, "tags", strv_json(&i->tags));
    json_object_set_new(doc, "weight", json_integer(i->weight ? i->weight : 1));
    json_object_set_new(doc, "checks", json_integer((json_int_t)i->probes.n));
    json_set_str(doc, "state", instance_state_name(i->state));
    json_object_set_new(doc, "trace", trace_json(trace_parse(kvs_get(&i->meta, META_TRACE))));
    json_object_set_new(doc, "registered",
                        json_boolean(registrator_is_registered(a->registrator, i->id)));
    return doc;
}

static json_t *instances_json(const struct agent *a)
{
    json_t *list = json_array();

    if (!a->registrator)
        return list;
    const struct instances *wanted = registrator_wanted(a->registrator);
    for (size_t i = 0; i < wanted->n; i++)
        json_array_append_new(list, instance_json(a, &wanted->v[i]));
    return list;
}

/* ---- machines ---- */

static json_t *machine_json(const struct agent *a, const struct instance *i)
{
    json_t *doc = json_object();

    json_set_str(doc, "id", i->id);
    json_set_str(doc, "file", kvs_get(&i->meta, META_FILE));
    json_set_str(doc, "service", i->service);
    json_set_str(doc, "node", i->node);
    json_set_str(doc, "address", i->address);
    json_object_set_new(doc, "port", json_integer(i->port));
    json_set_str(doc, "state", instance_state_name(i->state));
    json_object_set_new(doc, "registered", json_boolean(vm_is_registered(a->vm, i)));
    return doc;
}

static json_t *machines_json(const struct agent *a)
{
    static const struct instances none;
    const struct instances *l = a->vm ? vm_instances(a->vm) : &none;
    json_t *list = json_array();

    for (size_t i = 0; i < l->n; i++)
        json_array_append_new(list, machine_json(a, &l->v[i]));
    return list;
}

/* ---- backends ---- */

static json_t *server_json(const struct lb_server *s)
{
    json_t *doc = json_object();

    json_set_str(doc, "name", s->name);
    json_set_str(doc, "instance_id", s->instance_id);
    json_set_str(doc, "node", s->node);
    json_set_str(doc, "address", s->address);
    json_object_set_new(doc, "port", json_integer(s->port));
    json_object_set_new(doc, "weight", json_integer(s->weight));
    json_set_str(doc, "state", s->state);
    return doc;
}

static json_t *backend_json(const struct lb_backend *b)
{
    json_t *doc = json_object(), *ports = json_array(), *servers = json_array();

    for (size_t i = 0; i < b->n_service_ports; i++)
        json_array_append_new(ports, json_integer(b->service_ports[i]));
    for (size_t i = 0; i < b->n_servers; i++)
        json_array_append_new(servers, server_json(&b->servers[i]));
    json_set_str(doc, "name", b->name);
    json_set_str(doc, "service", b->service);
    json_set_str(doc, "mode", b->mode);
    json_object_set_new(doc, "vhosts", strv_json(&b->vhosts));
    json_object_set_new(doc, "service_ports", ports);
    json_object_set_new(doc, "servers", servers);
    return doc;
}

static json_t *backends_json(const struct agent *a)
{
    json_t *list = json_array();
    struct lb_backends all = {0};

    if (a->lb)
        lb_backends(a->lb, &all);
    for (size_t i = 0; i < all.n; i++)
        json_array_append_new(list, backend_json(&all.v[i]));
    lb_backends_done(&all);
    return list;
}

/* ---- sources ---- */

/* Of rooms of one name one that fails is told, else the first. */
static void add_source(json_t *doc, const struct agent *a, const struct sync *s)
{
    json_t *source = json_object();

    json_object_set_new(source, "passes", json_integer((json_int_t)s->passes));
    json_object_set_new(source, "errors", json_integer((json_int_t)s->errors));
    json_object_set_new(source, "last_ok_age",
                        s->last_ok > 0. ? json_real(ev_now(a->loop) - s->last_ok) : json_null());
    json_object_set_new(source, "resync", s->resync > 0. ? json_real(s->resync) : json_null());
    json_set_str(source, "error", s->last_error);
    if (json_object_get(doc, s->name) && !s->last_error)
        json_decref(source);
    else
        json_object_set_new(doc, s->name, source);
}

static json_t *sources_json(const struct agent *a)
{
    json_t *doc = json_object(), *catalog = agent_catalog_source(a);
    struct agent_syncs syncs;

    agent_syncs(a, &syncs);
    for (size_t i = 0; i < syncs.n; i++)
        add_source(doc, a, syncs.v[i]);
    if (a->config->docker)
        json_object_set_new(json_object_get(doc, docker_sync(a->docker)->name), "connected",
                            json_boolean(docker_is_connected(a->docker)));
    if (catalog)
        json_object_set_new(doc, "catalog", catalog);
    return doc;
}
