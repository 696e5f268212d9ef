/* One port of one container, and how it is reached: the noun that the rooms share.
 *
 * agent/ derives endpoints from `docker inspect` documents. portmap/ reads them to assign host
 * ports, registrator/ to register services. An endpoint borrows its strings from the container it
 * was derived from: a room that wants to keep something copies it. */
#ifndef LIB_ENDPOINT_H
#define LIB_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/ipaddr.h"
#include "lib/kv.h"
#include "lib/strv.h"

#define CONTAINER_ID_LEN 64   /* hexadecimal digits */
#define CONTAINER_ID_SHORT 12 /* digits shown to people */

enum endpoint_reach {
    REACH_NONE,      /* not reachable from outside the container; 'why' says why */
    REACH_ASSIGNED,  /* on a bridge, not published: portmap assigns the host port */
    REACH_PUBLISHED, /* on a bridge, published by Docker, Marathon or the user: adopted */
    REACH_HOST,      /* the container shares the host's network */
    REACH_DIRECT,    /* the container's own address is routable */
};

/* What Docker's HEALTHCHECK says of the container. */
enum endpoint_health {
    HEALTH_NONE, /* it has no health check */
    HEALTH_STARTING,
    HEALTH_HEALTHY,
    HEALTH_UNHEALTHY,
};

struct endpoint {
    const char *container_id;   /* CONTAINER_ID_LEN digits */
    const char *container_name; /* without the leading slash */
    const char *image;          /* as given to docker run */
    const struct kvs *env;      /* of the container */
    const struct kvs *labels;   /* of the container */
    const struct strv *tags;    /* its services get them beside their own; NULL: none */
    const char *network;        /* name of the Docker network: "bridge", "host", "web-net" */
    const char *why;            /* why it is not reachable, or NULL */
    uint16_t service_port;      /* what its scheduler says the load balancer opens; 0: nothing */
    uint64_t revision;          /* of what the container says of itself: as long as it is the same,
                                   so are name, image, env and labels; 0: nobody counts */

    enum endpoint_reach reach;
    uint8_t protocol;              /* IPPROTO_TCP, _UDP or _SCTP */
    uint16_t container_port;       /* 1..65535, host byte order */
    unsigned index;                /* n of HAPROXY_<n>_* labels: position among the ports */
    struct ipaddr container_addr;  /* no address for REACH_HOST and REACH_NONE */
    struct ipaddr container_addr6; /* its IPv6 address in the same network; often none */
    struct ipaddr host_addr;       /* what the host port is bound to; 0.0.0.0: every address */
    uint16_t host_port;            /* 0: not assigned yet, or none for REACH_DIRECT */
    double started;                /* of the container, seconds since the epoch; 0: unknown */
    uint32_t trace;                /* of its run, see lib/trace.h; 0: unknown */
    bool draining;                 /* the container has been told to stop */
    bool paused;                   /* docker pause: it answers nobody for now */
    enum endpoint_health health;
};

/* By container id, container port, protocol: the order of every endpoint array. */
int endpoint_cmp(const struct endpoint *a, const struct endpoint *b);

/* "container NAME" for a problem, the id where it has no name; printable. The caller frees it. */
char *endpoint_subject(const struct endpoint *e);

/* "tcp", "udp" or "sctp"; "?" for any other protocol. */
const char *protocol_name(uint8_t protocol);

#endif
