/* SERVICE_PORTS: which of its ports a container offers, and what they are called.
 *
 *     SERVICE_PORTS=8080:web,9090/udp:stats,7000
 *
 * A comma list of <port>[/tcp|/udp][:<name>]. With it, other ports are not registered, and a port
 * that the image does not expose counts as exposed. The label wins over the variable. Pure. */
#ifndef REGISTRATOR_SERVICE_PORTS_H
#define REGISTRATOR_SERVICE_PORTS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/kv.h"
#include "lib/problem.h"

#define SERVICE_PORTS_MAX 256 /* items that are read */

struct service_port {
    uint16_t port;
    uint8_t protocol; /* IPPROTO_TCP or IPPROTO_UDP */
    char *name;       /* NULL: none is said */
};

struct service_ports {
    struct service_port *v; /* in declared order, each port once */
    size_t n;
    size_t cap;
};

/* Appends what 'env' and 'labels' say to the empty 'ret'. An item that cannot be read is left out
 * and reported as the doing of 'subject'; 'problems' may be NULL. */
void service_ports_read(const struct kvs *env, const struct kvs *labels, const char *subject,
                        struct service_ports *ret, struct problems *problems);

/* Appends an item; 'name' is copied and may be NULL. */
void service_ports_add(struct service_ports *l, uint8_t protocol, uint16_t port, const char *name);

/* The item of that port, or NULL. */
const struct service_port *service_ports_find(const struct service_ports *l, uint8_t protocol,
                                              uint16_t port);
void service_ports_done(struct service_ports *l);

#endif
