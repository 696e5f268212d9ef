#include "lib/endpoint.h"

#include <string.h>

#include "lib/sbuf.h"

int endpoint_cmp(const struct endpoint *a, const struct endpoint *b)
{
    int order = strcmp(a->container_id, b->container_id);

    if (order)
        return order;
    if (a->container_port != b->container_port)
        return a->container_port < b->container_port ? -1 : 1;
    return (a->protocol > b->protocol) - (a->protocol < b->protocol);
}

char *endpoint_subject(const struct endpoint *e)
{
    struct sbuf b = SBUF_INIT;

    sbuf_adds(&b, "container ");
    if (*e->container_name)
        sbuf_add_printable(&b, e->container_name);
    else
        sbuf_addf(&b, "%.*s", CONTAINER_ID_SHORT, e->container_id);
    return sbuf_take(&b);
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
