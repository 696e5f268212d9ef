/* Where one container port can be dialled: its bindings, as addresses that others know. Pure. */
#ifndef REGISTRATOR_REACHABLE_H
#define REGISTRATOR_REACHABLE_H

#include <stddef.h>

#include "lib/endpoint.h"
#include "registrator/registrator.h"

/* One way to dial the port. */
struct reachable {
    const struct endpoint *e; /* the binding; borrowed */
    struct ipaddr address;
    struct ipaddr address6; /* the same port over IPv6, beside an IPv4 address; or no address */
    uint16_t port;
};

/* Writes the ways to dial one container port to 'ret', which has room for the 'n' bindings 'v', and
 * returns their number. The first one is registrator's: the lowest address that a host port is
 * bound to (every address is lower than a specific one), then the lowest host port, whatever the
 * order of 'v'. An IPv4 and an IPv6 binding with one host port are one way. A port that is bound to
 * IPv6 alone, on a host without such an address, is dialled at the IPv4 one. */
size_t reachable_from_endpoints(const struct registrator_config *config, const struct endpoint *v,
                                size_t n, struct reachable *ret);

#endif
