#include "lib/endpoint.h"

#include <string.h>

int endpoint_cmp(const struct endpoint *a, const struct endpoint *b)
{
    int order = strcmp(a->container_id, b->container_id);

    if (order)
        return order;
    if (a->container_port != b->container_port)
        return a->container_port < b->container_port ? -1 : 1;
    return (a->protocol > b->protocol) - (a->protocol < b->protocol);
}

const char *protocol_name(uint8_t protocol)
{
    switch (protocol) {
    case IPPROTO_TCP:
        return "tcp";
    case IPPROTO_UDP:
        return "udp";
    case IPPROTO_SCTP:
        return "sctp";
    default:
        return "?";
    }
}
