#include "agent/status.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/table.h"
#include "lib/json.h"
#include "lib/xmalloc.h"

static void print_catalog(const json_t *catalog, struct sbuf *out);
static void print_ports(const json_t *state, struct sbuf *out);
static void print_foreign(const json_t *state, struct sbuf *out);
static void print_names(const json_t *state, struct sbuf *out);
static void print_problems(const json_t *state, struct sbuf *out);

void status_print(const json_t *state, struct sbuf *out)
{
    const char *node = json_str(state, "node"), *address = json_str(state, "address");
    const char *registry = json_str(state, "registry");
    bool ready = json_is_true(json_object_get(state, "ready"));

    sbuf_addf(out, "node %s  address %s  registry %s%s\n", node ? node : "?",
              address ? address : "?", registry ? registry : "?",
              ready ? "" : "  (not everything is in step yet)");
    print_catalog(json_obj(state, "catalog"), out);
    sbuf_addch(out, '\n');
    print_ports(state, out);
    print_foreign(state, out);
    print_names(state, out);
    print_problems(state, out);
}

static long long number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static bool same(const char *a, const char *b)
{
    return a && b && !strcmp(a, b);
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

/* The member of array 'list' that concerns this port of this container. */
static const json_t *find_port(const json_t *list, const char *container_id, long long port,
                               const char *protocol)
{
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
        if (same(json_str(item, "container_id"), container_id) &&
            number(item, "container_port") == port && same(json_str(item, "protocol"), protocol))
            return item;
    return NULL;
}

/* How HAProxy serves an instance: its server and the backend that has it. */
static const json_t *find_server(const json_t *backends, const char *instance_id,
                                 const json_t **ret_backend)
{
    const json_t *backend, *server;
    size_t i, k;

    json_array_foreach(backends, i, backend)
        json_array_foreach(json_arr(backend, "servers"), k, server)
            if (same(json_str(server, "instance_id"), instance_id)) {
                *ret_backend = backend;
                return server;
            }
    return NULL;
}

/* "8081 web.localhost": every way in. */
static void add_ways_in(struct table *t, const json_t *backend)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    const json_t *item;
    size_t i;

    json_array_foreach(json_arr(backend, "service_ports"), i, item)
        sbuf_addf(&text, "%s%lld", text.len ? " " : "", json_integer_value(item));
    json_array_foreach(json_arr(backend, "vhosts"), i, item)
        sbuf_addf(&text, "%s%s", text.len ? " " : "",
                  json_is_string(item) ? json_string_value(item) : "?");
    table_add(t, sbuf_str(&text));
}

static void add_row(struct table *t, const json_t *state, const json_t *container,
                    const json_t *port)
{
    const char *id = json_str(container, "id"), *protocol = json_str(port, "protocol");
    long long number_of_port = number(port, "port");
    const json_t *mapping = find_port(json_arr(state, "mappings"), id, number_of_port, protocol);
    const json_t *instance = find_port(json_arr(state, "instances"), id, number_of_port, protocol);
    const json_t *backend = NULL;
    const json_t *server = find_server(json_arr(state, "backends"),
                                       instance ? json_str(instance, "id") : NULL, &backend);
    CLEAN(free_str)
    char *inside =
        address_port(instance ? instance : mapping, "container_address", "container_port");
    if (!inside)
        inside = address_port(mapping, "container_address6", "container_port");
    CLEAN(free_str) char *bare = xasprintf("%lld", number_of_port);
    CLEAN(free_str)
    char *outside = instance ? address_port(instance, "address", "port")
                             : address_port(mapping, "host_address", "host_port");
    CLEAN(free_str)
    char *at = xasprintf("%s/%s", inside ? inside : bare, protocol ? protocol : "?");
    bool draining = same(json_str(container, "state"), "draining");

    table_add(t, json_str(container, "name"));
    table_add(t, at);
    table_add(t, outside);
    table_add(t, instance ? json_str(instance, "service") : NULL);
    add_ways_in(t, backend);
    table_add(t, server     ? json_str(server, "state")
                 : draining ? "(draining)"
                            : json_str(port, "why"));
}

static void add_headings(struct table *t, const char *const headings[], size_t n)
{
    t->columns = n;
    for (size_t i = 0; i < n; i++)
        table_add(t, headings[i]);
}

static int compare_names(const void *a, const void *b)
{
    const char *x = json_str(*(const json_t *const *)a, "name");
    const char *y = json_str(*(const json_t *const *)b, "name");

    return strcmp(x ? x : "", y ? y : "");
}

/* What the load balancer reads: how it is followed, and how old it is. Nothing where 'catalog' is
 * NULL. */
static void print_catalog(const json_t *catalog, struct sbuf *out)
{
    const char *watch = json_str(catalog, "watch");
    const json_t *age = json_object_get(catalog, "age");

    if (!catalog)
        return;
    sbuf_addf(out, "catalog %lld services, %lld of them watched, ", number(catalog, "services"),
              number(catalog, "watched"));
    if (same(watch, "journal"))
        sbuf_adds(out, "the others by journals, ");
    if (!json_is_number(age))
        sbuf_adds(out, "not read yet\n");
    else if (json_number_value(age) < 1.)
        sbuf_adds(out, "up to date\n");
    else
        sbuf_addf(out, "%.0f s old: the registry cannot be read\n", json_number_value(age));
}

/* The containers by name; the caller frees the array. */
static const json_t **sorted_containers(const json_t *state, size_t *ret_n)
{
    const json_t *list = json_arr(state, "containers");
    size_t n = json_array_size(list);
    const json_t **v = xcalloc(n, sizeof *v);

    for (size_t i = 0; i < n; i++)
        v[i] = json_array_get(list, i);
    qsort(v, n, sizeof *v, compare_names);
    *ret_n = n;
    return v;
}

static void print_ports(const json_t *state, struct sbuf *out)
{
    static const char *const headings[] = {"CONTAINER", "CONTAINER ADDRESS",  "HOST ADDRESS",
                                           "SERVICE",   "SERVICE PORT/VHOST", "HAPROXY"};
    struct table t = {0};
    const json_t *port;
    size_t n, k;
    const json_t **containers = sorted_containers(state, &n);

    add_headings(&t, headings, ARRAY_LEN(headings));
    for (size_t i = 0; i < n; i++)
        json_array_foreach(json_arr(containers[i], "ports"), k, port)
            add_row(&t, state, containers[i], port);
    free(containers);
    table_print(&t, out);
    table_done(&t);
}

static bool is_ours(const json_t *instances, const char *id)
{
    const json_t *instance;
    size_t i;

    json_array_foreach(instances, i, instance)
        if (same(json_str(instance, "id"), id))
            return true;
    return false;
}

/* Servers that lead to other hosts, or to what has gone. */
static void print_foreign(const json_t *state, struct sbuf *out)
{
    static const char *const headings[] = {"OTHER SERVER", "ADDRESS", "SERVICE", "HAPROXY"};
    struct table t = {0};
    const json_t *backend, *server;
    size_t i, k;

    add_headings(&t, headings, ARRAY_LEN(headings));
    json_array_foreach(json_arr(state, "backends"), i, backend)
        json_array_foreach(json_arr(backend, "servers"), k, server) {
            CLEAN(free_str) char *address = address_port(server, "address", "port");

            if (is_ours(json_arr(state, "instances"), json_str(server, "instance_id")))
                continue;
            table_add(&t, json_str(server, "name"));
            table_add(&t, address);
            table_add(&t, json_str(backend, "service"));
            table_add(&t, json_str(server, "state"));
        }
    if (t.cells.n > ARRAY_LEN(headings)) {
        sbuf_addch(out, '\n');
        table_print(&t, out);
    }
    table_done(&t);
}

/* What the records of a name say, without time to live and class. */
static void add_records(struct table *t, const json_t *records)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    const json_t *item;
    size_t i;

    json_array_foreach(records, i, item)
    {
        const char *record = json_string_value(item);
        const char *class = record ? strstr(record, " IN ") : NULL;

        sbuf_addf(&text, "%s%s", i ? ", " : "", class ? class + 4 : "?");
    }
    table_add(t, sbuf_str(&text));
}

static void print_names(const json_t *state, struct sbuf *out)
{
    static const char *const headings[] = {"NAME IN DNS", "RECORDS", "STATE"};
    struct table t = {0};
    const json_t *name;
    size_t i;

    add_headings(&t, headings, ARRAY_LEN(headings));
    json_array_foreach(json_arr(json_obj(state, "dns"), "names"), i, name)
    {
        table_add(&t, json_str(name, "name"));
        add_records(&t, json_arr(name, "records"));
        table_add(&t, json_str(name, "state"));
    }
    if (t.cells.n > ARRAY_LEN(headings)) {
        sbuf_addch(out, '\n');
        table_print(&t, out);
    }
    table_done(&t);
}

static void print_problems(const json_t *state, struct sbuf *out)
{
    const json_t *problem;
    size_t i;

    json_array_foreach(json_arr(state, "problems"), i, problem) {
        const char *subject = json_str(problem, "subject"), *text = json_str(problem, "text");

        sbuf_adds(out, i ? "" : "\n");
        sbuf_adds(out, "problem: ");
        sbuf_add_printable(out, subject ? subject : "?");
        sbuf_adds(out, ": ");
        sbuf_add_printable(out, text ? text : "?");
        sbuf_addch(out, '\n');
    }
}
