/* What one service's instances ask of the load balancer in their Meta. Pure. */
#ifndef LB_TEMPLATE_WISH_H
#define LB_TEMPLATE_WISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lb-template/route.h"
#include "lib/problem.h"
#include "lib/strv.h"
#include "registrator/instance.h"

/* The union over the instances. */
struct wish {
    bool present;       /* some instance asked for a host name or a port, valid or not */
    bool http;          /* mode; TCP otherwise */
    struct strv vhosts; /* valid ones, lower case, sorted */
    uint16_t *ports;    /* valid ones, sorted */
    size_t n_ports;
    struct tuning tuning;
    char *app; /* the lowest id of Marathon's apps that it is made of; NULL: none */
};

/* Reads the Meta of the 'n' instances 'v' of one service into '*ret', which is zeroed. */
void wish_read(struct wish *ret, const struct route_rules *rules, const struct instance *v,
               size_t n, struct problems *problems);

void wish_done(struct wish *w);

/* Is 'i' an instance of the protocol that is not load-balanced? */
bool wish_is_udp(const struct instance *i);

#endif
