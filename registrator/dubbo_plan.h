/* What the directory means for us: which mirrors are wanted, which nodes are ours, and what a
 * person should know. Pure.
 *
 * A provider that registered a local container's own address gets a mirror, where '[dubbo] repair'
 * says so: the same URL with the host's address and port. Its own node is doomed then, and goes as
 * soon as the mirror is there. Two providers that say one address are on two hosts, as far as
 * anybody can tell from here: neither is repaired. A mirror lives as long as its container does. */
#ifndef REGISTRATOR_DUBBO_PLAN_H
#define REGISTRATOR_DUBBO_PLAN_H

#include <stdbool.h>

#include "lib/problem.h"
#include "lib/strv.h"
#include "registrator/dubbo_dir.h"
#include "registrator/dubbo_local.h"
#include "registrator/dubbo_node.h"

struct dubbo_doomed {
    char *key;    /* of the provider's own node */
    char *mirror; /* key of the node that takes its place */
};

struct dubbo_plan {
    struct dubbo_nodes mirrors; /* wanted */
    struct dubbo_nodes seen;    /* there, with one of our marks */
    struct dubbo_doomed *doomed;
    size_t n_doomed;
    size_t cap_doomed;
    size_t unreachable; /* providers with a local container's address */
};

/* Adds to the empty 'ret' and to 'problems' what the interface 'i' means. */
void dubbo_plan_add(struct dubbo_plan *ret, const struct dubbo_interface *i,
                    const struct dubbo_locals *locals, const char *node, bool repair,
                    struct problems *problems);
void dubbo_plan_done(struct dubbo_plan *p);

#endif
