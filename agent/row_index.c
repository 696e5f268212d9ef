#include "agent/row_index.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/xmalloc.h"

static int compare_ports(const void *a, const void *b);
static int compare_servers(const void *a, const void *b);
static struct row_port read_port(const json_t *item);
static int compare_keys(const struct row_port *a, const struct row_port *b);

void row_index_ports(const json_t *list, struct row_index *ret)
{
    const json_t *item;
    size_t i;

    *ret = (struct row_index){.v = xcalloc(json_array_size(list), sizeof *ret->v)};
    json_array_foreach(list, i, item)
        if (json_is_object(item))
            ret->v[ret->n++] = read_port(item);
    if (ret->n)
        qsort(ret->v, ret->n, sizeof *ret->v, compare_ports);
}

void row_index_servers(const json_t *backends, struct row_index *ret)
{
    const json_t *backend, *server;
    size_t i, k, cap = 0;

    *ret = (struct row_index){0};
    json_array_foreach(backends, i, backend)
        json_array_foreach(json_arr(backend, "servers"), k, server) {
            if (!json_is_object(server))
                continue;
            ret->servers = xgrow(ret->servers, ret->n, &cap, sizeof *ret->servers);
            ret->servers[ret->n++] =
                (struct row_server){json_str(server, "instance_id"), server, backend, false};
        }
    if (ret->n)
        qsort(ret->servers, ret->n, sizeof *ret->servers, compare_servers);
}

void row_index_done(struct row_index *x)
{
    free(x->v);
    free(x->servers);
    *x = (struct row_index){0};
}

void row_index_port(const struct row_index *x, const json_t *container, const json_t *port,
                    struct row_range *ret)
{
    const struct row_port key = {.container_id = json_str(container, "id"),
                                 .protocol = json_str(port, "protocol"),
                                 .port = json_integer_value(json_object_get(port, "port"))};
    size_t low = 0, high = x->n, end;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_keys(&x->v[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (end = low; end < x->n && !compare_keys(&x->v[end], &key); end++)
        ;
    *ret = (struct row_range){low, end - low};
}

bool row_index_server(struct row_index *x, const char *instance_id, struct row_server *ret)
{
    const struct row_server key = {.instance_id = instance_id};
    struct row_server *end = x->servers + x->n, *found;

    if (!instance_id || !x->n)
        return false;
    found = bsearch(&key, x->servers, x->n, sizeof key, compare_servers);
    if (!found)
        return false;
    while (found > x->servers && !compare_servers(found - 1, &key))
        found--;
    *ret = *found;
    for (; found < end && !compare_servers(found, &key); found++)
        found->taken = true;
    return true;
}

static int compare_texts(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

static struct row_port read_port(const json_t *item)
{
    return (struct row_port){
        .container_id = json_str(item, "container_id"),
        .protocol = json_str(item, "protocol"),
        .port = json_integer_value(json_object_get(item, "container_port")),
        .host_port = json_integer_value(json_object_get(item, "host_port")),
        .item = item,
    };
}

static int compare_keys(const struct row_port *a, const struct row_port *b)
{
    int c = compare_texts(a->container_id, b->container_id);

    if (!c)
        c = (a->port > b->port) - (a->port < b->port);
    return c ? c : compare_texts(a->protocol, b->protocol);
}

/* The lower host port comes first. */
static int compare_ports(const void *a, const void *b)
{
    const struct row_port *x = a, *y = b;
    int c = compare_keys(x, y);

    return c ? c : (x->host_port > y->host_port) - (x->host_port < y->host_port);
}

static int compare_servers(const void *a, const void *b)
{
    return compare_texts(((const struct row_server *)a)->instance_id,
                         ((const struct row_server *)b)->instance_id);
}
