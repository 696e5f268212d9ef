#include "portmap/mapping.h"

#include <string.h>

static int compare(unsigned a, unsigned b);

int mapping_cmp_key(const void *a, const void *b)
{
    const struct mapping *x = a, *y = b;
    int order = compare(x->protocol, y->protocol);

    return order ? order : compare(x->host_port, y->host_port);
}

int mapping_equal(const void *a, const void *b)
{
    const struct mapping *x = a, *y = b;

    return !ipaddr_cmp(&x->container_addr, &y->container_addr) &&
           x->container_port == y->container_port && !strcmp(x->container_id, y->container_id);
}

int mapping_cmp_lease(const struct mapping *a, const struct mapping *b)
{
    int order = strcmp(a->container_id, b->container_id);

    if (!order)
        order = compare(a->container_port, b->container_port);
    return order ? order : compare(a->protocol, b->protocol);
}

static int compare(unsigned a, unsigned b)
{
    return (a > b) - (a < b);
}
