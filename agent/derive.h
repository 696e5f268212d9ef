/* Inventory -> endpoints: which ports there are and how each one is reached. Pure.
 *
 * The rules are the table in doc/design/0002-reach.md. */
#ifndef AGENT_DERIVE_H
#define AGENT_DERIVE_H

#include "agent/inventory.h"
#include "lib/endpoint.h"

struct endpoints {
    struct endpoint *v; /* sorted by endpoint_cmp(), then IPv4 before IPv6, host address */
    size_t n;
    size_t cap;
};

/* Appends the endpoints of every known container of 'inv' to 'ret'. 'now' (seconds since the epoch)
 * and 'drain_max' decide which of them drain. The strings belong to 'inv': the result is valid
 * until it changes. A container port with several host bindings gives several endpoints. */
void endpoints_from_inventory(const struct inventory *inv, double now, double drain_max,
                              struct endpoints *ret);

/* When the next draining container stops doing so by itself, seconds since the epoch; 0: none. */
double inventory_next_drain_end(const struct inventory *inv, double now, double drain_max);

void endpoints_done(struct endpoints *e);

/* "assigned", "published", "host", "direct", "none". */
const char *endpoint_reach_name(enum endpoint_reach reach);

#endif
