/* A container as `docker inspect` tells it: JSON in, a value out. Pure.
 *
 * Only what berth needs is kept; of environment and labels, the keys that say something about
 * services or come from the scheduler. */
#ifndef AGENT_CONTAINER_H
#define AGENT_CONTAINER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/endpoint.h"
#include "lib/err.h"
#include "lib/ipaddr.h"
#include "lib/kv.h"
#include "lib/strv.h"

#define CONTAINER_PORTS_MAX 1024 /* exposed ports and bindings of one container */
#define CONTAINER_NETWORKS_MAX 64
#define CONTAINER_KVS_MAX 1024   /* environment variables or labels that are kept */
#define CONTAINER_VALUE_MAX 8192 /* bytes of one of their values */

enum network_mode {
    NETWORK_ATTACHED,  /* has interfaces of its own in one or more Docker networks */
    NETWORK_HOST,      /* shares the host's */
    NETWORK_NONE,      /* has none */
    NETWORK_CONTAINER, /* shares another container's */
};

struct container_network {
    char *name;
    char *id;           /* of the Docker network; "" where the document has none */
    struct ipaddr addr; /* no address while the container is not connected */
    struct ipaddr addr6;
};

/* One exposed port, or one host binding of a port. */
struct container_port {
    uint8_t protocol;        /* IPPROTO_TCP, _UDP or _SCTP */
    uint16_t port;           /* in the container */
    uint16_t host_port;      /* 0: exposed, not published */
    struct ipaddr host_addr; /* what the host port is bound to */
};

struct container {
    char id[CONTAINER_ID_LEN + 1];
    uint64_t revision; /* another one for each document; 0: nobody counts */
    char *name;        /* without the leading slash */
    char *image;       /* as given to docker run */
    bool running;
    bool paused;
    enum endpoint_health health;
    double started;  /* seconds since the epoch; 0: unknown */
    uint32_t trace;  /* of this run, see lib/trace.h; 0: unknown */
    int stop_signal; /* signal number that asks it to end */
    bool ended;      /* it ran, and does not any more */
    int exit_code;   /* of one that has ended */

    enum network_mode mode;
    char *peer; /* NETWORK_CONTAINER: id or name of the other container, else NULL */
    struct container_network *networks; /* sorted by name */
    size_t n_networks;
    struct container_port *ports; /* sorted by port, protocol, host address, host port */
    size_t n_ports;
    struct kvs env;
    struct kvs labels;
    struct strv tags; /* what the template of the tags gives for it */
    char *tags_why;   /* why it gives none, or NULL */
};

/* Reads one inspect document. Returns NULL and says in 'err' what is missing or wrong. What is
 * merely odd (a port that is no number) is left out. */
struct container *container_from_json(const json_t *doc, struct err **err);

void container_free(struct container *c);

/* Keeps the label 'key' of the same document, too. */
void container_keep_label(struct container *c, const json_t *doc, const char *key);

/* Has it ended by itself, and not well? As registrator's -deregister=on-success sees it, an exit
 * code with bit 128 is a signal's doing and no failure. */
bool container_failed(const struct container *c);

/* Is 'id' CONTAINER_ID_LEN lower-case hexadecimal digits? */
bool container_id_valid(const char *id);

/* Reads Docker's "2006-01-02T15:04:05.999999999Z" as seconds since the epoch; 0 where it is no
 * such time or before 1970. */
double docker_time_parse(const char *text);

/* Number of "SIGTERM", "TERM" or "15"; -1 for none of them. */
int signal_parse(const char *text);

#endif
