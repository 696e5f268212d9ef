#include "agent/chain.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/chain_dubbo.h"
#include "agent/chain_names.h"
#include "lib/endpoint.h"
#include "lib/json.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

/* Why one of several networks counts, doc/design/0002-reach.md. */
#define NETWORK_ORDER                                                                              \
    ": by label or berth.conf where they say so, else a bridge before others, then by name"

static const json_t *find_port(const json_t *doc, const char *list, const json_t *container,
                               const json_t *port);
static void add_network(json_t *part, const json_t *container, const json_t *port,
                        const json_t *instance);
static void add_host_port(json_t *part, const json_t *port, const json_t *mapping);
static void add_address(json_t *part, const json_t *doc, const json_t *port, const json_t *mapping,
                        const json_t *instance);
static void add_words(json_t *part, const json_t *words);
static void add_service(json_t *part, const json_t *instance, const json_t *words);
static void add_unregistered(json_t *part, const json_t *doc, const json_t *port,
                             const json_t *words);
static void add_registry(json_t *part, const json_t *doc, const json_t *entry);
static void add_haproxy(json_t *part, const json_t *doc, const json_t *instance);
static void add_server(json_t *part, const json_t *backend, const json_t *server);
static void add_problems(json_t *part, const json_t *doc, const char *subject, const json_t *port);
static const json_t *find_word(const json_t *words, const char *key);
static char *join(const json_t *list, const char *separator);
static char *ways_in(const json_t *backend);
static const json_t *find_server(const json_t *doc, const char *instance_id,
                                 const json_t **ret_backend);

static const char *str(const json_t *object, const char *key)
{
    const char *s = json_str(object, key);

    return s ? s : "?";
}

static long long number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static bool same(const char *a, const char *b)
{
    return a && b && !strcmp(a, b);
}

json_t *chain_of_port(const json_t *doc, const json_t *container, const json_t *port)
{
    const json_t *mapping = find_port(doc, "mappings", container, port);
    const json_t *instance = find_port(doc, "instances", container, port);
    const json_t *words = json_arr(find_port(doc, "said", container, port), "words");
    json_t *part = chain_part("container %s (%.*s, image %s), port %lld/%s", str(container, "name"),
                              CONTAINER_ID_SHORT, str(container, "id"), str(container, "image"),
                              number(port, "port"), str(port, "protocol"));
    CLEAN(free_str) char *subject = xasprintf("container %s", str(container, "name"));

    if (!same(json_str(container, "state"), "running"))
        chain_step(part, "container", "it is %s", str(container, "state"));
    if (json_str(container, "trace"))
        chain_step(part, "trace", "%s; the log has its way under that id", str(container, "trace"));
    add_network(part, container, port, instance);
    add_host_port(part, port, mapping);
    add_words(part, words);
    if (instance) {
        add_address(part, doc, port, mapping, instance);
        add_service(part, instance, words);
        add_registry(part, doc, instance);
        add_haproxy(part, doc, instance);
    } else {
        add_unregistered(part, doc, port, words);
    }
    if (mapping || instance)
        chain_dubbo_add(part, doc,
                        mapping ? number(mapping, "host_port") : number(instance, "port"));
    add_problems(part, doc, subject, port);
    return part;
}

json_t *chain_of_machine(const json_t *doc, const json_t *machine)
{
    json_t *part = chain_part("machine %s:%lld of service %s", str(machine, "address"),
                              number(machine, "port"), str(machine, "service"));
    bool good = same(json_str(machine, "state"), "passing");

    chain_step(part, "declared", "in %s.conf of services.d", str(machine, "file"));
    chain_step(part, "check", "%s",
               good ? "this agent checks it, and it works"
                    : "this agent checks it, and it does not work; the log says why");
    add_registry(part, doc, machine);
    add_haproxy(part, doc, machine);
    return part;
}

json_t *chain_of_backend(const json_t *doc, const json_t *backend)
{
    CLEAN(free_str) char *ways = ways_in(backend);
    json_t *part =
        chain_part("service %s in HAProxy: backend %s, mode %s, %s", str(backend, "service"),
                   str(backend, "name"), str(backend, "mode"), *ways ? ways : "no way in");
    const json_t *server;
    size_t i;

    json_array_foreach(json_arr(backend, "servers"), i, server)
        add_server(part, backend, server);
    if (!i)
        chain_step(part, "server", "none: every request is answered with an error");
    chain_add_names(part, doc, backend);
    return part;
}

json_t *chain_part(const char *format, ...)
{
    json_t *part = json_object();
    va_list args;

    va_start(args, format);
    CLEAN(free_str) char *title = xvasprintf(format, args);
    va_end(args);
    json_set_str(part, "title", title);
    json_object_set_new(part, "steps", json_array());
    return part;
}

void chain_step(json_t *part, const char *step, const char *format, ...)
{
    json_t *doc = json_object();
    va_list args;

    va_start(args, format);
    CLEAN(free_str) char *text = xvasprintf(format, args);
    va_end(args);
    json_set_str(doc, "step", step);
    json_set_str(doc, "text", text);
    json_array_append_new(json_object_get(part, "steps"), doc);
}

/* The member of array 'list' that concerns this port of this container, or NULL. */
static const json_t *find_port(const json_t *doc, const char *list, const json_t *container,
                               const json_t *port)
{
    const json_t *item;
    size_t i;

    json_array_foreach(json_arr(doc, list), i, item)
        if (same(json_str(item, "container_id"), json_str(container, "id")) &&
            number(item, "container_port") == number(port, "port") &&
            same(json_str(item, "protocol"), json_str(port, "protocol")))
            return item;
    return NULL;
}

static void add_network(json_t *part, const json_t *container, const json_t *port,
                        const json_t *instance)
{
    CLEAN(sbuf) struct sbuf others = SBUF_INIT;
    const char *chosen = json_str(port, "network");
    const json_t *network;
    const char *inside = json_str(instance, "container_address");
    size_t i;

    json_array_foreach(json_arr(container, "networks"), i, network) {
        const char *name = str(network, "name"), *address = json_str(network, "address");

        if (same(name, chosen))
            inside = inside ? inside : address;
        else
            sbuf_addf(&others, "%s%s", others.len ? ", " : "", name);
    }
    chain_step(part, "network", "%s%s%s%s%s%s", chosen ? chosen : "none", inside ? ", " : "",
               inside ? inside : "", others.len ? "; chosen before " : "", sbuf_str(&others),
               others.len ? NETWORK_ORDER : "");
}

static void add_host_port(json_t *part, const json_t *port, const json_t *mapping)
{
    const char *owner = json_str(mapping, "owner"), *reach = json_str(port, "reach");
    long long host_port = number(mapping, "host_port");

    if (same(owner, "berth"))
        chain_step(part, "host port", "%lld, assigned by berth: the port is not published",
                   host_port);
    else if (same(owner, "docker"))
        chain_step(part, "host port", "%lld, published by Docker or who started it: adopted",
                   host_port);
    else if (same(owner, "host"))
        chain_step(part, "host port", "%lld: the container shares the host's network", host_port);
    else if (same(reach, "direct"))
        chain_step(part, "host port", "none: its network is routable, the container is dialled");
    else if (same(reach, "assigned"))
        chain_step(part, "host port", "none yet: it waits for one from the pool");
    else
        chain_step(part, "host port", "none: %s", str(port, "why"));
}

static void add_address(json_t *part, const json_t *doc, const json_t *port, const json_t *mapping,
                        const json_t *instance)
{
    const char *address = str(instance, "address"), *why;

    if (same(json_str(port, "reach"), "direct"))
        why = "the container's own address, which is routable";
    else if (same(json_str(doc, "address"), address) &&
             !same(json_str(mapping, "host_address"), address))
        why = "this host's address, as the port is open on all of them";
    else
        why = "the address that the host port is bound to";
    chain_step(part, "address", "%s port %lld: %s", address, number(instance, "port"), why);
}

/* Every word that counts, and what it beats. */
static void add_words(json_t *part, const json_t *words)
{
    const json_t *word;
    size_t i;

    json_array_foreach(words, i, word) {
        const char *value = str(word, "value");
        CLEAN(free_str) char *over = join(json_arr(word, "over"), " and ");

        chain_step(part, "said", "%s%s%s%s%s%s", str(word, "from"), *value ? " = " : " is empty",
                   value, *value ? "" : " and counts as not said", *over ? "; it wins over " : "",
                   over);
    }
}

static void add_service(json_t *part, const json_t *instance, const json_t *words)
{
    const json_t *name = find_word(words, "name"), *id = find_word(words, "id");
    CLEAN(free_str) char *tags = join(json_arr(instance, "tags"), ", ");

    chain_step(part, "service", "%s, by %s", str(instance, "service"),
               name ? str(name, "from") : "the image's name");
    chain_step(part, "service id", "%s, by %s", str(instance, "id"),
               id ? str(id, "from") : "node, container and port");
    if (*tags)
        chain_step(part, "tags", "%s", tags);
}

static void add_unregistered(json_t *part, const json_t *doc, const json_t *port,
                             const json_t *words)
{
    const json_t *ignore = find_word(words, "ignore");

    if (same(json_str(port, "reach"), "none"))
        chain_step(part, "service", "not registered: nobody outside could dial it");
    else if (ignore)
        chain_step(part, "service", "not registered: %s = %s", str(ignore, "from"),
                   str(ignore, "value"));
    else if (!json_object_get(json_obj(doc, "sources"), "registrator"))
        chain_step(part, "service", "not registered: [registrator] is not enabled");
    else
        chain_step(part, "service",
                   "not registered: it has nothing to dial yet, or an option or a double id keeps "
                   "it out");
}

static void add_registry(json_t *part, const json_t *doc, const json_t *entry)
{
    const char *registry = str(doc, "registry");
    const char *error = json_str(json_obj(json_obj(doc, "sources"), "registrator"), "error");

    if (json_is_true(json_object_get(entry, "registered")))
        chain_step(part, "registry", "%s has it as it should be, state %s", registry,
                   str(entry, "state"));
    else
        chain_step(part, "registry", "%s does not have it as it should be, state %s%s%s", registry,
                   str(entry, "state"), error ? ": " : "", error ? error : "");
}

static void add_haproxy(json_t *part, const json_t *doc, const json_t *instance)
{
    const json_t *backend = NULL, *other;
    const json_t *server = find_server(doc, json_str(instance, "id"), &backend);
    bool has_backend = false;
    size_t i;

    if (server) {
        CLEAN(free_str) char *ways = ways_in(backend);

        add_server(part, backend, server);
        chain_step(part, "way in", "%s", *ways ? ways : "none");
        chain_add_names(part, doc, backend);
        return;
    }
    json_array_foreach(json_arr(doc, "backends"), i, other)
        has_backend =
            has_backend || same(json_str(other, "service"), json_str(instance, "service"));
    if (!json_object_get(json_obj(doc, "sources"), "lb"))
        chain_step(part, "haproxy", "not here: [lb] is not enabled on this host");
    else if (same(json_str(instance, "protocol"), "udp"))
        chain_step(part, "haproxy", "no server: HAProxy does not carry UDP");
    else if (has_backend)
        chain_step(part, "haproxy",
                   "no server in the service's backend: it is %s, or still to "
                   "come",
                   str(instance, "state"));
    else
        chain_step(part, "haproxy",
                   "no backend: nobody says a service port or a host name for service %s",
                   str(instance, "service"));
}

static void add_server(json_t *part, const json_t *backend, const json_t *server)
{
    chain_step(part, "haproxy", "backend %s, server %s at %s port %lld, weight %lld: %s",
               str(backend, "name"), str(server, "name"), str(server, "address"),
               number(server, "port"), number(server, "weight"), str(server, "state"));
}

/* Does a problem of a container begin with another port of it, as in "port 8080/tcp gets no"? */
static bool is_of_another_port(const char *text, const json_t *port)
{
    static const char word[] = "port ";
    size_t len = sizeof word - 1;

    if (strncmp(text, word, len) || text[len + strspn(text + len, "0123456789")] != '/')
        return false;
    CLEAN(free_str)
    char *own = xasprintf("port %lld/%s ", number(port, "port"), str(port, "protocol"));
    return strncmp(text, own, strlen(own)) != 0;
}

/* Those of a container that are not another port's. */
static void add_problems(json_t *part, const json_t *doc, const char *subject, const json_t *port)
{
    const json_t *problem;
    size_t i;

    json_array_foreach(json_arr(doc, "problems"), i, problem) {
        const char *text = str(problem, "text");

        if (same(json_str(problem, "subject"), subject) && !is_of_another_port(text, port))
            chain_step(part, "problem", "%s", text);
    }
}

/* The word that counts for 'key' and is not empty, or NULL. */
static const json_t *find_word(const json_t *words, const char *key)
{
    const json_t *word;
    size_t i;

    json_array_foreach(words, i, word)
        if (same(json_str(word, "key"), key) && *str(word, "value"))
            return word;
    return NULL;
}

/* The strings of 'list'; the caller frees it. */
static char *join(const json_t *list, const char *separator)
{
    struct sbuf text = SBUF_INIT;
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
        if (json_is_string(item))
            sbuf_addf(&text, "%s%s", text.len ? separator : "", json_string_value(item));
    return sbuf_take(&text);
}

/* "service port 8081, host web.localhost"; the caller frees it. */
static char *ways_in(const json_t *backend)
{
    struct sbuf text = SBUF_INIT;
    const json_t *item;
    size_t i;

    json_array_foreach(json_arr(backend, "service_ports"), i, item)
        sbuf_addf(&text, "%sservice port %lld", text.len ? ", " : "", json_integer_value(item));
    json_array_foreach(json_arr(backend, "vhosts"), i, item)
        sbuf_addf(&text, "%shost %s", text.len ? ", " : "", json_string_value(item));
    return sbuf_take(&text);
}

/* How HAProxy serves an instance: its server, and the backend that has it. */
static const json_t *find_server(const json_t *doc, const char *instance_id,
                                 const json_t **ret_backend)
{
    const json_t *backend, *server;
    size_t i, k;

    json_array_foreach(json_arr(doc, "backends"), i, backend)
        json_array_foreach(json_arr(backend, "servers"), k, server)
            if (same(json_str(server, "instance_id"), instance_id)) {
                *ret_backend = backend;
                return server;
            }
    return NULL;
}
