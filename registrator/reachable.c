#include "registrator/reachable.h"

#include <stdlib.h>
#include <string.h>

static struct reachable dial(const struct registrator_config *config, const struct endpoint *e);
static uint16_t dial_port(const struct endpoint *e);
static struct ipaddr bound_address(const struct registrator_config *config,
                                   const struct endpoint *e, bool *ret_both);
static int compare(const void *a, const void *b);
static bool merge(struct reachable *v, size_t n, const struct reachable *other);

size_t reachable_from_endpoints(const struct registrator_config *config, const struct endpoint *v,
                                size_t n, struct reachable *ret)
{
    size_t found = 0, kept = 0;

    for (size_t i = 0; i < n; i++) {
        ret[found] = dial(config, &v[i]);
        found += ret[found].port && ret[found].address.family;
    }
    if (found)
        qsort(ret, found, sizeof *ret, compare);
    for (size_t i = 0; i < found; i++)
        if (!merge(ret, kept, &ret[i]))
            ret[kept++] = ret[i];
    return kept;
}

static struct reachable dial(const struct registrator_config *config, const struct endpoint *e)
{
    struct reachable r = {.e = e, .port = dial_port(e)};
    bool both = e->reach == REACH_DIRECT;

    r.address = both ? e->container_addr : bound_address(config, e, &both);
    if (both)
        r.address6 = e->reach == REACH_DIRECT ? e->container_addr6 : config->host_addr6;
    if (!r.address.family)
        r.address = r.address6;
    if (r.address.family != AF_INET)
        r.address6 = (struct ipaddr){0};
    return r;
}

/* 0: there is nothing to dial. */
static uint16_t dial_port(const struct endpoint *e)
{
    switch (e->reach) {
    case REACH_NONE:
        return 0;
    case REACH_ASSIGNED:
    case REACH_PUBLISHED:
    case REACH_HOST:
        return e->host_port;
    case REACH_DIRECT:
        return e->container_port;
    }
    return 0;
}

/* '*ret_both': the host's IPv6 address leads there, too. */
static struct ipaddr bound_address(const struct registrator_config *config,
                                   const struct endpoint *e, bool *ret_both)
{
    bool only6 = e->container_addr6.family && !e->container_addr.family;

    if (e->host_addr.family && !ipaddr_is_any(&e->host_addr))
        return e->host_addr;
    *ret_both = e->reach == REACH_HOST || (e->reach == REACH_ASSIGNED && e->container_addr6.family);
    if (config->host_addr6.family && e->host_addr.family == AF_INET6)
        return config->host_addr6;
    return e->reach == REACH_ASSIGNED && only6 ? (struct ipaddr){0} : config->host_addr;
}

static int compare(const void *a, const void *b)
{
    const struct reachable *x = a, *y = b;
    int order = ipaddr_cmp(&x->e->host_addr, &y->e->host_addr);

    return order ? order : (x->port > y->port) - (x->port < y->port);
}

/* Is 'other' one of the first 'n', the IPv6 side of one, or not needed beside them? */
static bool merge(struct reachable *v, size_t n, const struct reachable *other)
{
    bool makeshift = other->e->host_addr.family == AF_INET6 && other->address.family == AF_INET;

    if (n && makeshift)
        return true;
    for (size_t i = 0; i < n; i++) {
        if (v[i].port != other->port)
            continue;
        if (!ipaddr_cmp(&v[i].address, &other->address))
            return true;
        if (v[i].address.family != AF_INET || other->address.family != AF_INET6)
            continue;
        if (v[i].address6.family && ipaddr_cmp(&v[i].address6, &other->address))
            continue;
        v[i].address6 = other->address;
        return true;
    }
    return false;
}
