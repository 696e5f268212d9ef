#include "agent/explain.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/chain.h"
#include "agent/chain_dubbo.h"
#include "agent/near.h"
#include "lib/endpoint.h"
#include "lib/ipaddr.h"
#include "lib/json.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"

#define ID_PREFIX_MIN 4 /* digits that may stand for a container's id */

/* "address:port" as a subject says it. */
struct place {
    struct ipaddr address; /* none: any */
    unsigned port;
};

static void explain_containers(const json_t *doc, const char *subject, json_t *parts);
static void explain_service(const json_t *doc, const char *subject, json_t *parts);
static void explain_place(const json_t *doc, const struct place *where, json_t *parts);
static int parse_place(const char *subject, struct place *ret);
static void add_missing(const json_t *doc, const char *subject, bool is_place, json_t *answer);

static const char *str(const json_t *object, const char *key)
{
    const char *s = json_str(object, key);

    return s ? s : "";
}

static long long number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

json_t *explain_subject(const json_t *doc, const char *subject)
{
    json_t *answer = json_object(), *parts = json_array();
    struct place where;
    bool is_place = !parse_place(subject, &where);

    if (is_place)
        explain_place(doc, &where, parts);
    if (!json_array_size(parts))
        explain_containers(doc, subject, parts);
    explain_service(doc, subject, parts);
    json_set_str(answer, "subject", subject);
    json_object_set_new(answer, "found", json_boolean(json_array_size(parts)));
    json_object_set_new(answer, "parts", parts);
    if (!json_array_size(parts))
        add_missing(doc, subject, is_place, answer);
    return answer;
}

static void print_list(const json_t *list, const char *before, struct sbuf *out)
{
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item) {
        sbuf_adds(out, i ? ", " : before);
        sbuf_add_printable(out, json_is_string(item) ? json_string_value(item) : "?");
    }
    sbuf_adds(out, i ? "\n" : "");
}

void explain_print(const json_t *answer, struct sbuf *out)
{
    const json_t *part, *step;
    size_t i, k;

    if (!json_is_true(json_object_get(answer, "found"))) {
        sbuf_adds(out, "there is no ");
        sbuf_add_printable(out, str(answer, "subject"));
        sbuf_addch(out, '\n');
        print_list(json_arr(answer, "looked_for"), "looked for: ", out);
        print_list(json_arr(answer, "near"), "did you mean: ", out);
    }
    json_array_foreach(json_arr(answer, "parts"), i, part) {
        sbuf_adds(out, i ? "\n" : "");
        sbuf_add_printable(out, str(part, "title"));
        sbuf_addch(out, '\n');
        json_array_foreach(json_arr(part, "steps"), k, step) {
            sbuf_addf(out, "  %-10s  ", str(step, "step"));
            sbuf_add_printable(out, str(step, "text"));
            sbuf_addch(out, '\n');
        }
    }
}

/* Takes 'part' over. What several ways lead to is explained once. */
static void add_part(json_t *parts, json_t *part)
{
    const json_t *other;
    size_t i;

    json_array_foreach(parts, i, other)
        if (json_equal(other, part)) {
            json_decref(part);
            return;
        }
    json_array_append_new(parts, part);
}

/* ---- containers ---- */

static bool is_container(const json_t *container, const char *subject)
{
    const char *id = str(container, "id"), *name = str(container, "name");
    size_t len = strlen(subject);

    name += *name == '/';
    return !strcmp(name, subject) || (len >= ID_PREFIX_MIN && !strncmp(id, subject, len) &&
                                      strspn(subject, "0123456789abcdef") == len);
}

static void explain_ports(const json_t *doc, const json_t *container, json_t *parts)
{
    const json_t *port;
    size_t i;

    json_array_foreach(json_arr(container, "ports"), i, port)
        add_part(parts, chain_of_port(doc, container, port));
    if (i)
        return;
    const char *name = json_str(container, "name");
    json_t *part = name ? chain_part("container %s", name)
                        : chain_part("container %.*s", CONTAINER_ID_SHORT, str(container, "id"));
    if (*str(container, "why"))
        chain_step(part, "container", "%s: %s", str(container, "state"), str(container, "why"));
    else
        chain_step(part, "ports",
                   "none: its image exposes none and nobody published one; say "
                   "--expose, -p, or SERVICE_PORTS");
    add_part(parts, part);
}

static void explain_containers(const json_t *doc, const char *subject, json_t *parts)
{
    const json_t *container;
    size_t i;

    json_array_foreach(json_arr(doc, "containers"), i, container)
        if (is_container(container, subject))
            explain_ports(doc, container, parts);
}

/* The container port that 'item', a mapping or an instance, is about; or NULL. */
static const json_t *port_of(const json_t *doc, const json_t *item, const json_t **ret_container)
{
    const json_t *container, *port;
    size_t i, k;

    json_array_foreach(json_arr(doc, "containers"), i, container) {
        if (strcmp(str(container, "id"), str(item, "container_id")))
            continue;
        json_array_foreach(json_arr(container, "ports"), k, port)
            if (number(port, "port") == number(item, "container_port") &&
                !strcmp(str(port, "protocol"), str(item, "protocol"))) {
                *ret_container = container;
                return port;
            }
    }
    return NULL;
}

static void explain_item(const json_t *doc, const json_t *item, json_t *parts)
{
    const json_t *container, *port = port_of(doc, item, &container);

    if (port)
        add_part(parts, chain_of_port(doc, container, port));
}

/* ---- services ---- */

static void explain_service(const json_t *doc, const char *subject, json_t *parts)
{
    const json_t *item;
    size_t i;

    json_array_foreach(json_arr(doc, "instances"), i, item)
        if (!strcmp(str(item, "service"), subject))
            explain_item(doc, item, parts);
    json_array_foreach(json_arr(doc, "machines"), i, item)
        if (!strcmp(str(item, "service"), subject))
            add_part(parts, chain_of_machine(doc, item));
    json_array_foreach(json_arr(doc, "backends"), i, item)
        if (!strcmp(str(item, "service"), subject) || !strcmp(str(item, "name"), subject))
            add_part(parts, chain_of_backend(doc, item));
    json_t *interface = chain_dubbo_interface(doc, subject);
    if (interface)
        add_part(parts, interface);
}

/* ---- host ports ---- */

/* Reads "10.0.0.1:80", "[2001:db8::1]:80", ":80" and "80". */
static int parse_place(const char *subject, struct place *ret)
{
    const char *colon = strrchr(subject, ':'), *digits = colon ? colon + 1 : subject;
    size_t len = colon ? (size_t)(colon - subject) : 0;
    bool bracketed = len > 1 && *subject == '[' && subject[len - 1] == ']';
    CLEAN(free_str)
    char *host = bracketed ? xstrndup(subject + 1, len - 2) : xstrndup(subject, len);
    char *end;

    *ret = (struct place){0};
    if (*host && ipaddr_parse(host, &ret->address))
        return -1;
    if (!*digits || strspn(digits, "0123456789") != strlen(digits) || strlen(digits) > 5)
        return -1;
    ret->port = (unsigned)strtoul(digits, &end, 10);
    return ret->port && ret->port <= 65535 ? 0 : -1;
}

/* Does 'text', the address of a thing, fit the one that was asked for? */
static bool fits(const struct place *where, const char *text, const json_t *doc)
{
    struct ipaddr a, own;

    if (!where->address.family || ipaddr_is_any(&where->address))
        return true;
    if (ipaddr_parse(text, &a))
        return false;
    if (!ipaddr_is_any(&a))
        return !ipaddr_cmp(&a, &where->address);
    return ipaddr_is_loopback(&where->address) ||
           (!ipaddr_parse(str(doc, "address"), &own) && !ipaddr_cmp(&own, &where->address));
}

static bool is_here(const struct place *where, const json_t *item, const char *address_key,
                    const char *port_key, const json_t *doc)
{
    return number(item, port_key) == where->port && fits(where, str(item, address_key), doc);
}

static void explain_opened(const json_t *doc, const struct place *where, json_t *parts)
{
    const json_t *backend, *port;
    size_t i, k;

    json_array_foreach(json_arr(doc, "backends"), i, backend)
        json_array_foreach(json_arr(backend, "service_ports"), k, port)
            if (json_integer_value(port) == where->port && fits(where, "0.0.0.0", doc))
                add_part(parts, chain_of_backend(doc, backend));
}

/* Servers of HAProxy's that are elsewhere: other hosts' containers. */
static void explain_servers(const json_t *doc, const struct place *where, json_t *parts)
{
    const json_t *backend, *server;
    size_t i, k;

    if (!where->address.family)
        return;
    json_array_foreach(json_arr(doc, "backends"), i, backend)
        json_array_foreach(json_arr(backend, "servers"), k, server)
            if (is_here(where, server, "address", "port", doc)) {
                add_part(parts, chain_of_backend(doc, backend));
                break;
            }
}

static void explain_listener(const json_t *doc, const struct place *where, json_t *parts)
{
    const json_t *listener;
    size_t i;

    if (!fits(where, "0.0.0.0", doc))
        return;
    json_array_foreach(json_arr(doc, "listeners"), i, listener) {
        if (number(listener, "port") != where->port)
            continue;
        json_t *part = chain_part("host port %u/%s", where->port, str(listener, "protocol"));
        if (*str(listener, "program"))
            chain_step(part, "program", "%s has opened it", str(listener, "program"));
        else
            chain_step(part, "program",
                       "a program of this host has opened it; `ss -Hlntup sport = :%u` "
                       "says which",
                       where->port);
        add_part(parts, part);
    }
}

static void explain_place(const json_t *doc, const struct place *where, json_t *parts)
{
    const json_t *item;
    size_t i;

    json_array_foreach(json_arr(doc, "mappings"), i, item)
        if (is_here(where, item, "host_address", "host_port", doc))
            explain_item(doc, item, parts);
    json_array_foreach(json_arr(doc, "instances"), i, item)
        if (where->address.family && !json_array_size(parts) &&
            (is_here(where, item, "container_address", "container_port", doc) ||
             is_here(where, item, "address", "port", doc)))
            explain_item(doc, item, parts);
    json_array_foreach(json_arr(doc, "machines"), i, item)
        if (is_here(where, item, "address", "port", doc))
            add_part(parts, chain_of_machine(doc, item));
    explain_opened(doc, where, parts);
    if (!json_array_size(parts))
        explain_servers(doc, where, parts);
    if (!json_array_size(parts))
        explain_listener(doc, where, parts);
}

/* ---- what is not there ---- */

static void add_names(const json_t *list, const char *key, struct strv *ret)
{
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
        if (*str(item, key))
            strv_add(ret, str(item, key));
}

static void add_missing(const json_t *doc, const char *subject, bool is_place, json_t *answer)
{
    static const char *const kinds[] = {"a container's name or id", "a service's name",
                                        "a Dubbo interface",
                                        "a host port, as address:port, :port or port"};
    json_t *looked_for = json_array(), *near_names = json_array();
    struct strv all = {0}, near = {0};

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        json_array_append_new(looked_for, json_string(kinds[i]));
    add_names(json_arr(doc, "containers"), "name", &all);
    add_names(json_arr(doc, "instances"), "service", &all);
    add_names(json_arr(doc, "machines"), "service", &all);
    add_names(json_arr(doc, "backends"), "service", &all);
    if (!is_place)
        near_find(&all, subject, &near);
    for (size_t i = 0; i < near.n; i++)
        json_array_append_new(near_names, json_string(near.v[i]));
    strv_done(&all);
    strv_done(&near);
    json_object_set_new(answer, "looked_for", looked_for);
    json_object_set_new(answer, "near", near_names);
}
