/* How a Marathon app is on the network, and its ports: what the definition says, in the form of
 * Marathon 1.5 and later or the one before. Pure.
 *
 * The position of a port is what everything else counts by: n of HAPROXY_n_ labels, a health
 * check's portIndex, PORTn. */
#ifndef LIB_MARATHON_PORT_H
#define LIB_MARATHON_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/json.h"
#include "lib/kv.h"
#include "lib/strv.h"

#define MARATHON_PORTS_MAX 256   /* of one app */
#define MARATHON_NETWORKS_MAX 16 /* of one app */

enum marathon_network {
    MARATHON_HOST,      /* the task shares the host's network */
    MARATHON_BRIDGE,    /* behind host ports: tasks are at their host */
    MARATHON_CONTAINER, /* tasks have addresses of their own */
};

struct marathon_port {
    char *name; /* NULL: none */
    struct kvs labels;
    uint16_t service_port;   /* what the load balancer opens; 0: none */
    uint16_t container_port; /* what the task listens to; 0: the same as its host port */
    uint16_t host_port;      /* what was asked for; 0: any */
    bool mapped;             /* tasks have a host port for it */
    bool tcp, udp;           /* either, or both */
};

struct marathon_ports {
    struct marathon_port *v;
    size_t n;
    size_t cap;
};

/* The mode that app 'app' asks for; appends the names of its networks to 'ret_names'. */
enum marathon_network marathon_network_read(const json_t *app, struct strv *ret_names);

/* Fills 'ret', which is empty, with the ports of 'app'. On failure it may hold some of them. */
int marathon_ports_read(const json_t *app, enum marathon_network network,
                        struct marathon_ports *ret, struct err **err);

bool marathon_ports_equal(const struct marathon_ports *a, const struct marathon_ports *b);
void marathon_ports_done(struct marathon_ports *p);

/* "host", "bridge", "container". */
const char *marathon_network_name(enum marathon_network network);

#endif
