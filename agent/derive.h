/* Inventory -> endpoints: which ports there are and how each one is reached. Pure.
 *
 * The rules are the table in doc/design/0002-reach.md. */
#ifndef AGENT_DERIVE_H
#define AGENT_DERIVE_H

#include "agent/inventory.h"
#include "agent/reach.h"
#include "lib/endpoint.h"
#include "lib/kv.h"
#include "lib/problem.h"
#include "lib/strv.h"

struct endpoints {
    struct endpoint *v; /* sorted by endpoint_cmp(), then IPv4 before IPv6, host address */
    size_t n;
    size_t cap;
    struct strv texts;   /* what some of them borrow */
    struct kvs **labels; /* the same: labels that are not the container's alone */
    size_t n_labels;
    size_t cap_labels;
};

/* Labels that endpoints of 'e' may borrow; 'labels' is moved, and empty afterwards. */
const struct kvs *endpoints_keep_labels(struct endpoints *e, struct kvs *labels);

/* Appends the endpoints of every known container of 'inv' to 'ret'. 'rules' is what the
 * configuration says of networks; 'now' (seconds since the epoch) and 'drain_max' decide which
 * endpoints drain. The strings belong to 'inv' and 'ret': the result is valid until 'inv' changes.
 * A container port with several host bindings gives several endpoints. A label that cannot be
 * followed is told to 'problems', which may be NULL. */
void endpoints_from_inventory(const struct inventory *inv, const struct reach_rules *rules,
                              double now, double drain_max, struct endpoints *ret,
                              struct problems *problems);

/* When the next draining container stops doing so by itself, seconds since the epoch; 0: none. */
double inventory_next_drain_end(const struct inventory *inv, double now, double drain_max);

void endpoints_done(struct endpoints *e);

/* "assigned", "published", "host", "direct", "none". */
const char *endpoint_reach_name(enum endpoint_reach reach);

#endif
