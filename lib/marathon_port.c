#include "lib/marathon_port.h"

#include <stdlib.h>
#include <string.h>

#include "lib/marathon_json.h"
#include "lib/xmalloc.h"

static enum marathon_network read_mode(const char *mode);
static void add_name(const json_t *network, const char *key, struct strv *ret);
static const json_t *find_mappings(const json_t *app);
static int read_definitions(const json_t *app, struct marathon_ports *ret, struct err **err);
static int read_mappings(const json_t *list, enum marathon_network network,
                         struct marathon_ports *ret, struct err **err);
static int read_discovery(const json_t *app, struct marathon_ports *ret, struct err **err);
static int read_common(const json_t *from, struct marathon_port *ret, struct err **err);
static int read_protocol(const json_t *from, struct marathon_port *ret, struct err **err);
static int check_size(const json_t *list, struct err **err);
static struct marathon_port *add_port(struct marathon_ports *l);
static bool same_name(const char *a, const char *b);

enum marathon_network marathon_network_read(const json_t *app, struct strv *ret_names)
{
    const json_t *networks = json_arr(app, "networks"), *network;
    const json_t *address = json_obj(app, "ipAddress");
    const char *docker = json_str(json_obj(json_obj(app, "container"), "docker"), "network");
    size_t i;

    json_array_foreach(networks, i, network) {
        add_name(network, "name", ret_names);
    }
    if (json_array_size(networks))
        return read_mode(json_str(json_array_get(networks, 0), "mode"));
    if (docker && !strcmp(docker, "BRIDGE"))
        return MARATHON_BRIDGE;
    if (!address && (!docker || strcmp(docker, "USER") != 0))
        return MARATHON_HOST;
    add_name(address, "networkName", ret_names);
    return MARATHON_CONTAINER;
}

int marathon_ports_read(const json_t *app, enum marathon_network network,
                        struct marathon_ports *ret, struct err **err)
{
    const json_t *mappings = find_mappings(app);

    if (network == MARATHON_HOST)
        return read_definitions(app, ret, err);
    if (network == MARATHON_CONTAINER && !json_array_size(mappings))
        return read_discovery(app, ret, err);
    return read_mappings(mappings, network, ret, err);
}

bool marathon_ports_equal(const struct marathon_ports *a, const struct marathon_ports *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        const struct marathon_port *p = &a->v[i], *q = &b->v[i];

        if (p->service_port != q->service_port || p->container_port != q->container_port ||
            p->host_port != q->host_port || p->mapped != q->mapped || p->tcp != q->tcp ||
            p->udp != q->udp || !same_name(p->name, q->name) || !kvs_equal(&p->labels, &q->labels))
            return false;
    }
    return true;
}

void marathon_ports_done(struct marathon_ports *p)
{
    for (size_t i = 0; i < p->n; i++) {
        free(p->v[i].name);
        kvs_done(&p->v[i].labels);
    }
    free(p->v);
    *p = (struct marathon_ports){0};
}

const char *marathon_network_name(enum marathon_network network)
{
    static const char *const names[] = {"host", "bridge", "container"};

    return names[network];
}

static enum marathon_network read_mode(const char *mode)
{
    if (mode && !strcmp(mode, "container/bridge"))
        return MARATHON_BRIDGE;
    return mode && !strcmp(mode, "container") ? MARATHON_CONTAINER : MARATHON_HOST;
}

static void add_name(const json_t *network, const char *key, struct strv *ret)
{
    char *name = NULL;

    if (!marathon_read_text(network, key, &name, NULL) && name && ret->n < MARATHON_NETWORKS_MAX)
        strv_add(ret, name);
    free(name);
}

/* Before 1.5 they were Docker's. */
static const json_t *find_mappings(const json_t *app)
{
    const json_t *container = json_obj(app, "container");
    const json_t *mappings = json_arr(container, "portMappings");

    return mappings ? mappings : json_arr(json_obj(container, "docker"), "portMappings");
}

/* The port of a definition is the service port; tasks get one of their own, or with requirePorts
 * the same. Older documents have bare numbers. */
static int read_definitions(const json_t *app, struct marathon_ports *ret, struct err **err)
{
    const json_t *list = json_arr(app, "portDefinitions"), *from;
    bool require = json_is_true(json_object_get(app, "requirePorts"));
    size_t i;

    if (!list)
        list = json_arr(app, "ports");
    if (check_size(list, err))
        return -1;
    json_array_foreach(list, i, from) {
        CLEAN(json) json_t *bare = json_is_integer(from) ? json_object() : NULL;
        struct marathon_port *p = add_port(ret);

        if (bare)
            json_object_set_new(bare, "port", json_integer(json_integer_value(from)));
        if (marathon_read_port(bare ? bare : from, "port", &p->service_port, err) ||
            read_common(bare ? bare : from, p, err))
            return -1;
        p->mapped = true;
        p->host_port = require ? p->service_port : 0;
    }
    return 0;
}

/* On a bridge every port gets a host port; a task with its own address only where one is asked
 * for, be it as 0. */
static int read_mappings(const json_t *list, enum marathon_network network,
                         struct marathon_ports *ret, struct err **err)
{
    const json_t *from;
    size_t i;

    if (check_size(list, err))
        return -1;
    json_array_foreach(list, i, from) {
        struct marathon_port *p = add_port(ret);

        if (marathon_read_port(from, "containerPort", &p->container_port, err) ||
            marathon_read_port(from, "hostPort", &p->host_port, err) ||
            marathon_read_port(from, "servicePort", &p->service_port, err) ||
            read_common(from, p, err))
            return -1;
        p->mapped =
            network == MARATHON_BRIDGE || json_is_integer(json_object_get(from, "hostPort"));
    }
    return 0;
}

/* Before 1.5, a task with its own address said its ports to discovery; the service ports stood
 * apart, in the same order. */
static int read_discovery(const json_t *app, struct marathon_ports *ret, struct err **err)
{
    const json_t *list = json_arr(json_obj(json_obj(app, "ipAddress"), "discovery"), "ports");
    struct marathon_ports service = {0};
    const json_t *from;
    size_t i;
    int failed = check_size(list, err) || read_definitions(app, &service, err);

    json_array_foreach(failed ? NULL : list, i, from) {
        struct marathon_port *p = add_port(ret);

        failed = marathon_read_port(from, "number", &p->container_port, err) ||
                 read_common(from, p, err);
        if (failed)
            break;
        p->service_port = i < service.n ? service.v[i].service_port : 0;
    }
    marathon_ports_done(&service);
    return failed ? -1 : 0;
}

static int read_common(const json_t *from, struct marathon_port *ret, struct err **err)
{
    if (!json_is_object(from))
        return err_set(err, "a port is no object");
    if (marathon_read_text(from, "name", &ret->name, err) || read_protocol(from, ret, err))
        return -1;
    return marathon_read_pairs(from, "labels", &ret->labels, err);
}

/* "tcp", "udp", or both with a comma, in either order. */
static int read_protocol(const json_t *from, struct marathon_port *ret, struct err **err)
{
    const char *said = json_str(from, "protocol");

    ret->udp = said && strstr(said, "udp");
    ret->tcp = !said || strstr(said, "tcp");
    if (!ret->udp && !ret->tcp)
        return err_set(err, "a port's protocol is neither tcp nor udp");
    return 0;
}

static int check_size(const json_t *list, struct err **err)
{
    if (json_array_size(list) <= MARATHON_PORTS_MAX)
        return 0;
    return err_set(err, "it has more than %d ports", MARATHON_PORTS_MAX);
}

static struct marathon_port *add_port(struct marathon_ports *l)
{
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n] = (struct marathon_port){0};
    return &l->v[l->n++];
}

static bool same_name(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}
