#include "agent/agent_dubbo.h"

#include <string.h>

#include "agent/agent_config.h"
#include "agent/agent_want.h"
#include "agent/dubbo_options.h"
#include "lib/json.h"
#include "lib/xmalloc.h"
#include "registrator/dubbo_want.h"

#ifdef HAVE_ZOOKEEPER
#include "registrator/dubbo.h"

static void add_addresses(const struct inventory *inv, struct dubbo_locals *locals);
static bool has_address(const struct dubbo_locals *locals, const struct ipaddr *address);
static json_t *provider_json(const struct dubbo_entry *e);

int agent_dubbo_open(struct agent *a, struct err **err)
{
    const struct config *c = a->config;
    struct address address = {0};
    CLEAN(free_str) char *digest = NULL;

    if (dubbo_options_address(c, &address, err) || dubbo_options_digest(c, &digest, err)) {
        address_done(&address);
        return -1;
    }
    if (!address.hosts)
        return 0;
    CLEAN(free_str)
    char *root = xasprintf("%s%s%s", address.prefix, *address.prefix ? "/" : "", c->dubbo_root);
    CLEAN(free_str) char *id_file = xasprintf("%s/dubbo-session", c->state_dir);
    a->dubbo = dubbo_new(a->loop,
                         &(struct dubbo_config){.hosts = address.hosts,
                                                .root = root,
                                                .node = a->node,
                                                .id_file = id_file,
                                                .digest = digest,
                                                .session = c->dubbo_session,
                                                .resync = c->resync,
                                                .repair = !strcmp(c->dubbo_repair, "mirror")},
                         agent_on_notice, a);
    address_done(&address);
    if (!a->vm)
        dubbo_want_shared(a->dubbo, &(struct dubbo_nodes){0});
    return 0;
}

void agent_dubbo_free(struct agent *a)
{
    dubbo_free(a->dubbo);
}

void agent_dubbo_set_config(struct agent *a)
{
    const struct config *c = a->config;

    if (!a->dubbo)
        return;
    dubbo_set_config(
        a->dubbo,
        &(struct dubbo_config){.resync = c->resync, .repair = !strcmp(c->dubbo_repair, "mirror")});
    if (!a->vm)
        dubbo_want_shared(a->dubbo, &(struct dubbo_nodes){0});
}

void agent_dubbo_want(struct agent *a, const struct endpoints *endpoints)
{
    struct registrator_config config = agent_registrator_config(a);
    struct dubbo_nodes nodes = {0};
    struct dubbo_locals locals = {0};
    struct problems problems = {0};

    if (!a->dubbo)
        return;
    dubbo_want_endpoints(&config, endpoints->v, endpoints->n, &nodes, &locals, &problems);
    add_addresses(docker_inventory(a->docker), &locals);
    dubbo_nodes_sort(&nodes);
    dubbo_want(a->dubbo, &nodes, &locals, &problems);
}

void agent_dubbo_want_machines(struct agent *a)
{
    struct dubbo_nodes nodes = {0};

    if (!a->dubbo || !a->vm || !vm_is_ready(a->vm))
        return;
    dubbo_want_machines(vm_instances(a->vm), &nodes);
    dubbo_nodes_sort(&nodes);
    dubbo_want_shared(a->dubbo, &nodes);
}

bool agent_dubbo_holds(const struct agent *a, uint16_t port)
{
    return a->dubbo && dubbo_holds(a->dubbo, port);
}

void agent_dubbo_leave(struct agent *a, void (*on_done)(void *arg), void *arg)
{
    if (a->dubbo)
        dubbo_leave(a->dubbo, on_done, arg);
    else
        on_done(arg);
}

void agent_dubbo_resync(struct agent *a)
{
    if (a->dubbo)
        dubbo_resync(a->dubbo);
}

const struct sync *agent_dubbo_sync(const struct agent *a)
{
    return a->dubbo ? dubbo_sync(a->dubbo) : NULL;
}

const struct problems *agent_dubbo_problems(const struct agent *a)
{
    return a->dubbo ? dubbo_problems(a->dubbo) : NULL;
}

json_t *agent_dubbo_json(const struct agent *a)
{
    json_t *list = json_array();
    const struct dubbo_table *t = a->dubbo ? dubbo_providers(a->dubbo) : NULL;

    for (size_t i = 0; t && i < t->n; i++)
        json_array_append_new(list, provider_json(&t->v[i]));
    return list;
}

void agent_dubbo_add_metrics(const struct agent *a, struct sbuf *out)
{
    const struct dubbo_table *t = a->dubbo ? dubbo_providers(a->dubbo) : NULL;
    size_t wanted = 0, registered = 0;

    if (!t)
        return;
    for (size_t i = 0; i < t->n; i++) {
        wanted += t->v[i].wanted;
        registered +=
            t->v[i].wanted && (t->v[i].presence == DUBBO_KEPT || t->v[i].presence == DUBBO_FOREIGN);
    }
    sbuf_addf(out,
              "# HELP berth_dubbo_connected 1 while berth has a session with ZooKeeper.\n"
              "# TYPE berth_dubbo_connected gauge\nberth_dubbo_connected %d\n"
              "# HELP berth_dubbo_providers Dubbo providers that should be in ZooKeeper.\n"
              "# TYPE berth_dubbo_providers gauge\nberth_dubbo_providers %zu\n"
              "# HELP berth_dubbo_registered Those of them that are.\n"
              "# TYPE berth_dubbo_registered gauge\nberth_dubbo_registered %zu\n"
              "# HELP berth_dubbo_unreachable Providers of local containers that registered an "
              "address which other hosts cannot reach.\n"
              "# TYPE berth_dubbo_unreachable gauge\nberth_dubbo_unreachable %zu\n",
              dubbo_is_connected(a->dubbo), wanted, registered, dubbo_unreachable(a->dubbo));
}

/* A provider may listen on a port that nobody has exposed: its address tells. */
static void add_addresses(const struct inventory *inv, struct dubbo_locals *locals)
{
    for (size_t i = 0; i < inv->n; i++) {
        const struct container *c = inv->v[i].container;

        for (size_t k = 0; c && k < c->n_networks; k++) {
            const struct container_network *network = &c->networks[k];
            const char *driver = inventory_driver(inv, network->id);

            if (!network->addr.family || !driver || strcmp(driver, "bridge") ||
                has_address(locals, &network->addr))
                continue;
            struct dubbo_local *l = dubbo_locals_add(locals, c->id, c->name);
            l->addr = network->addr;
            l->started = c->started;
        }
    }
}

static bool has_address(const struct dubbo_locals *locals, const struct ipaddr *address)
{
    for (size_t i = 0; i < locals->n; i++)
        if (!ipaddr_cmp(&locals->v[i].addr, address))
            return true;
    return false;
}

static json_t *provider_json(const struct dubbo_entry *e)
{
    static const char *const names[] = {
        [DUBBO_ABSENT] = "absent",
        [DUBBO_SEEN] = "unsure",
        [DUBBO_KEPT] = "registered",
        [DUBBO_FOREIGN] = "registered by another berth",
    };
    json_t *doc = json_object();

    json_set_str(doc, "provider", e->title);
    json_object_set_new(doc, "host_port", json_integer(e->port));
    json_object_set_new(doc, "machine", json_boolean(e->shared));
    json_object_set_new(doc, "wanted", json_boolean(e->wanted));
    json_set_str(doc, "state", names[e->presence]);
    return doc;
}

#else /* without ZooKeeper, no configuration asks for it */

int agent_dubbo_open(struct agent *a, struct err **err)
{
    struct address address = {0};
    int status = dubbo_options_address(a->config, &address, err);

    address_done(&address);
    return status;
}

void agent_dubbo_free(struct agent *a)
{
    (void)a;
}

void agent_dubbo_set_config(struct agent *a)
{
    (void)a;
}

void agent_dubbo_want(struct agent *a, const struct endpoints *endpoints)
{
    (void)a;
    (void)endpoints;
}

void agent_dubbo_want_machines(struct agent *a)
{
    (void)a;
}

bool agent_dubbo_holds(const struct agent *a, uint16_t port)
{
    (void)a;
    (void)port;
    return false;
}

void agent_dubbo_leave(struct agent *a, void (*on_done)(void *arg), void *arg)
{
    (void)a;
    on_done(arg);
}

void agent_dubbo_resync(struct agent *a)
{
    (void)a;
}

const struct sync *agent_dubbo_sync(const struct agent *a)
{
    (void)a;
    return NULL;
}

const struct problems *agent_dubbo_problems(const struct agent *a)
{
    (void)a;
    return NULL;
}

json_t *agent_dubbo_json(const struct agent *a)
{
    (void)a;
    return json_array();
}

void agent_dubbo_add_metrics(const struct agent *a, struct sbuf *out)
{
    (void)a;
    (void)out;
}

#endif
