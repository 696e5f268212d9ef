#include "agent/row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/row_index.h"
#include "lib/endpoint.h"
#include "lib/json.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

struct making {
    const json_t *state;
    const char *node;
    struct row_index mappings, instances, servers;
    struct rows *ret;
};

static void add_container(struct making *m, const json_t *container);
static void add_port(struct making *m, const json_t *container, const json_t *port);
static void add_machine(struct making *m, const json_t *machine);
static void add_foreign(struct making *m);
static int compare_rows(const void *a, const void *b);

void rows_make(const json_t *state, struct rows *ret)
{
    struct making m = {.state = state, .node = json_str(state, "node"), .ret = ret};
    const json_t *item;
    size_t i;

    row_index_ports(json_arr(state, "mappings"), &m.mappings);
    row_index_ports(json_arr(state, "instances"), &m.instances);
    row_index_servers(json_arr(state, "backends"), &m.servers);
    json_array_foreach(json_arr(state, "containers"), i, item)
        add_container(&m, item);
    json_array_foreach(json_arr(state, "machines"), i, item)
        add_machine(&m, item);
    add_foreign(&m);
    if (ret->n)
        qsort(ret->v, ret->n, sizeof *ret->v, compare_rows);
    row_index_done(&m.mappings);
    row_index_done(&m.instances);
    row_index_done(&m.servers);
}

void rows_done(struct rows *l)
{
    for (size_t i = 0; i < l->n; i++) {
        free(l->v[i].container);
        free(l->v[i].inside);
        free(l->v[i].outside);
        free(l->v[i].ways);
    }
    free(l->v);
    *l = (struct rows){0};
}

const char *row_state(const struct row *r, char buffer[32])
{
    if (!r->said || r->in_haproxy || r->reason)
        return r->said;
    snprintf(buffer, 32, "(%s)", r->said);
    return buffer;
}

/* ---- pieces of a row ---- */

static long long number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static bool is_word(const char *a, const char *b)
{
    return a && !strcmp(a, b);
}

/* "address:port" of those two members, or NULL where one is missing; the caller frees it. */
static char *address_port(const json_t *object, const char *address_key, const char *port_key)
{
    const char *address = json_str(object, address_key);
    long long port = number(object, port_key);

    if (!address || !port)
        return NULL;
    return xasprintf(strchr(address, ':') ? "[%s]:%lld" : "%s:%lld", address, port);
}

/* "8081 web.localhost": every way into 'backend', or NULL. */
static char *ways_into(const json_t *backend)
{
    struct sbuf text = SBUF_INIT;
    const json_t *item;
    size_t i;

    json_array_foreach(json_arr(backend, "service_ports"), i, item)
        sbuf_addf(&text, "%s%lld", text.len ? " " : "", json_integer_value(item));
    json_array_foreach(json_arr(backend, "vhosts"), i, item)
        sbuf_addf(&text, "%s%s", text.len ? " " : "",
                  json_is_string(item) ? json_string_value(item) : "?");
    return text.len ? sbuf_take(&text) : NULL;
}

static char *copy_of(const char *s)
{
    return s ? xstrdup(s) : NULL;
}

/* Its name, or the beginning of its id. */
static char *name_of(const json_t *container)
{
    const char *name = json_str(container, "name"), *id = json_str(container, "id");

    return name ? xstrdup(name) : id ? xstrndup(id, CONTAINER_ID_SHORT) : NULL;
}

static struct row *add_row(struct rows *l)
{
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n] = (struct row){0};
    return &l->v[l->n++];
}

static void set_server(struct row *r, const struct row_server *found)
{
    r->said = json_str(found->server, "state");
    r->in_haproxy = true;
    r->ways = ways_into(found->backend);
    if (!r->service)
        r->service = json_str(found->backend, "service");
    r->health = is_word(r->said, "up") ? ROW_GOOD : is_word(r->said, "down") ? ROW_BAD : ROW_AWAY;
}

/* What is so as long as HAProxy says nothing. */
static void set_own_state(struct row *r, const char *word)
{
    if (!word || is_word(word, "running") || is_word(word, "passing"))
        return;
    r->said = word;
    r->health = is_word(word, "critical") || is_word(word, "quarantined") ? ROW_BAD : ROW_AWAY;
}

/* ---- containers of this node ---- */

static void add_container(struct making *m, const json_t *container)
{
    const json_t *ports = json_arr(container, "ports"), *port;
    const char *state = json_str(container, "state");
    size_t i;

    json_array_foreach(ports, i, port)
        add_port(m, container, port);
    if (i || !is_word(state, "quarantined"))
        return;
    struct row *r = add_row(m->ret);
    r->container = name_of(container);
    r->node = m->node;
    r->ours = true;
    set_own_state(r, state);
}

/* The container's own end, as far as it is known. */
static char *inside_of(const json_t *instance, const json_t *mapping, long long port,
                       const char *protocol)
{
    CLEAN(free_str)
    char *address = address_port(instance, "container_address", "container_port");

    if (!address)
        address = address_port(mapping, "container_address", "container_port");
    if (!address)
        address = address_port(mapping, "container_address6", "container_port");
    if (!address)
        address = xasprintf("%lld", port);
    return xasprintf("%s/%s", address, protocol ? protocol : "?");
}

/* Does 'mapping' take what comes for any address of the host? */
static bool is_everywhere(const json_t *mapping)
{
    const char *address = json_str(mapping, "host_address");

    return is_word(address, "0.0.0.0") || is_word(address, "::");
}

static void add_way(struct making *m, const json_t *container, const json_t *port,
                    const json_t *mapping, const json_t *instance)
{
    bool bound = mapping && !is_everywhere(mapping);
    struct row_server server;
    struct row *r = add_row(m->ret);

    r->container = name_of(container);
    r->node = m->node;
    r->ours = true;
    r->inside = inside_of(instance, mapping, number(port, "port"), json_str(port, "protocol"));
    r->outside = instance && !bound ? address_port(instance, "address", "port")
                                    : address_port(mapping, "host_address", "host_port");
    r->service = json_str(instance, "service");
    if (instance && row_index_server(&m->servers, json_str(instance, "id"), &server)) {
        set_server(r, &server);
        return;
    }
    set_own_state(r, json_str(instance, "state"));
    set_own_state(r, json_str(container, "state"));
    if (!r->said && json_str(port, "why")) {
        r->said = json_str(port, "why");
        r->reason = true;
        r->health = ROW_BAD;
    }
}

/* Is the mapping at 'at' the same host port as one before it, from 'first' on? */
static bool is_shown(const struct row_index *mappings, size_t first, size_t at)
{
    const json_t *one = mappings->v[at].item;

    for (size_t i = first; i < at; i++) {
        const json_t *other = mappings->v[i].item;

        if (number(other, "host_port") == number(one, "host_port") &&
            ((is_everywhere(other) && is_everywhere(one)) ||
             json_equal(json_object_get(other, "host_address"),
                        json_object_get(one, "host_address"))))
            return true;
    }
    return false;
}

/* Is 'port' the second endpoint of a container's port that has been added? */
static bool is_repeated(const json_t *container, const json_t *port)
{
    const json_t *other;
    size_t i;

    json_array_foreach(json_arr(container, "ports"), i, other) {
        if (other == port)
            return false;
        if (number(other, "port") == number(port, "port") &&
            json_equal(json_object_get(other, "protocol"), json_object_get(port, "protocol")))
            return true;
    }
    return false;
}

/* The instance that was registered with the host port of 'mapping'; a published port that is
 * registered with the container's own address has no such one, and takes the first. */
static const json_t *instance_of(const struct row_index *instances, const struct row_range *range,
                                 const json_t *mapping)
{
    long long host_port = number(mapping, "host_port");

    for (size_t i = range->first; i < range->first + range->n; i++)
        if (host_port && number(instances->v[i].item, "port") == host_port)
            return instances->v[i].item;
    return range->n ? instances->v[range->first].item : NULL;
}

static void add_port(struct making *m, const json_t *container, const json_t *port)
{
    struct row_range mappings, instances;

    if (is_repeated(container, port))
        return;
    row_index_port(&m->mappings, container, port, &mappings);
    row_index_port(&m->instances, container, port, &instances);
    for (size_t i = mappings.first; i < mappings.first + mappings.n; i++)
        if (!is_shown(&m->mappings, mappings.first, i))
            add_way(m, container, port, m->mappings.v[i].item,
                    instance_of(&m->instances, &instances, m->mappings.v[i].item));
    if (!mappings.n)
        add_way(m, container, port, NULL, instance_of(&m->instances, &instances, NULL));
}

/* ---- machines, and what is registered elsewhere ---- */

static void add_machine(struct making *m, const json_t *machine)
{
    struct row_server server;
    struct row *r = add_row(m->ret);

    r->container = copy_of(json_str(machine, "file"));
    r->node = json_str(machine, "node");
    r->ours = true;
    r->outside = address_port(machine, "address", "port");
    r->service = json_str(machine, "service");
    if (row_index_server(&m->servers, json_str(machine, "id"), &server))
        set_server(r, &server);
    else
        set_own_state(r, json_str(machine, "state"));
}

static void add_foreign(struct making *m)
{
    for (size_t i = 0; i < m->servers.n; i++) {
        const struct row_server *s = &m->servers.servers[i];

        if (s->taken)
            continue;
        struct row *r = add_row(m->ret);
        r->container = copy_of(json_str(s->server, "name"));
        r->node = json_str(s->server, "node");
        r->outside = address_port(s->server, "address", "port");
        set_server(r, s);
    }
}

static int compare_texts(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

static int compare_rows(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int c = y->ours - x->ours;

    if (!c && !x->ours)
        c = compare_texts(x->service, y->service);
    if (!c && !x->ours)
        c = compare_texts(x->node, y->node);
    if (!c)
        c = compare_texts(x->container, y->container);
    if (!c)
        c = compare_texts(x->inside, y->inside);
    return c ? c : compare_texts(x->outside, y->outside);
}
