/* A connection as conntrack knows it, and whether it leads where the map says. Pure.
 *
 * NAT is decided with the first packet of a connection and then lasts: a UDP sender that never
 * pauses would go on to a container that is gone, or past a mapping that came later. */
#ifndef PORTMAP_FLOW_H
#define PORTMAP_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "portmap/mapping.h"

/* Host ports whose mapping was added, changed or removed: a bit per port, for each protocol. */
struct flow_ports {
    uint8_t bits[3][65536 / 8];
    bool any;
};

struct flow {
    uint8_t protocol;
    struct ipaddr host_addr; /* address and port that the first packet asked for */
    uint16_t host_port;
    struct ipaddr from; /* ... and those that answer */
    uint16_t from_port;
    uint32_t mark;
    bool translated; /* by any NAT */
    size_t tuple,
        tuple_len;         /* the attribute with the original tuple: offset in the message, bytes */
    size_t id, id_len;     /* the attribute with the id, the same; 0, 0: none */
    size_t zone, zone_len; /* ... with the zone */
};

/* 'protocol' is IPPROTO_TCP, IPPROTO_UDP or IPPROTO_SCTP. */
void flow_ports_add(struct flow_ports *p, uint8_t protocol, uint16_t port);

/* Reads one message of conntrack, 'len' bytes from its netlink header on, aligned as that is.
 * Returns -1 for what is no TCP, UDP or SCTP connection. */
int flow_parse(const void *message, size_t len, struct flow *ret);

/* Must the connection be forgotten? Yes, if it asks for a port of 'ports', leads elsewhere than the
 * 'n' mappings at 'v' (sorted by key) say, and is ours: it has the mark bit 'mark', or, for UDP, is
 * one that no NAT has touched. TCP and SCTP without our mark are somebody else's. */
bool flow_is_stale(const struct flow *f, const struct flow_ports *ports, const struct mapping *v,
                   size_t n, uint32_t mark);

#endif
