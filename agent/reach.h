/* What a Docker network means for the ports of its containers that are not published: what the
 * configuration says of the network, or of its driver, or what is known of the driver. Pure. */
#ifndef AGENT_REACH_H
#define AGENT_REACH_H

#include <stddef.h>

#include "lib/endpoint.h"
#include "lib/err.h"

/* A section [network "NAME"] or [driver "NAME"]. */
struct reach_setting {
    char *name;
    char *reach; /* "auto", "assigned", "direct" or "none" */
};

struct reach_rules {
    const struct reach_setting *networks; /* the first ones are preferred */
    size_t n_networks;
    const struct reach_setting *drivers;
    size_t n_drivers;
};

/* Why a reach is what it is. */
enum reach_reason {
    REACH_BY_LABEL,   /* the container says so */
    REACH_BY_NETWORK, /* its section says so */
    REACH_BY_DRIVER,  /* its driver's section says so */
    REACH_BUILT_IN,   /* berth knows the driver */
    REACH_UNKNOWN,    /* nobody knows: REACH_NONE */
};

/* The reach of network 'name'. 'driver' NULL: Docker has not told yet, it counts as a bridge. */
enum endpoint_reach reach_of_network(const struct reach_rules *rules, const char *name,
                                     const char *driver, enum reach_reason *ret_reason);

/* The position of 'name' among the sections of networks; where it has none, their number. */
size_t reach_rank(const struct reach_rules *rules, const char *name);

/* Reads "assigned", "direct" or "none". Returns -1 for any other word, "auto" included. */
int reach_parse(const char *word, enum endpoint_reach *ret);

/* Refuses what is no value of the option 'reach'. */
int reach_check(const char *value, struct err **err);

#endif
