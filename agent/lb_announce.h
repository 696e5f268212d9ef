/* What a load balancer says of itself in the registry: that it is there, and what it exposes. Pure.
 *
 *     berth-lb   at the HAProxy address, its tags the services that it exposes
 *     <S>-lb     for each exposed service S with a service port: HAProxy's address and that port
 *
 * So Consul's own DNS answers "web.berth-lb.service.consul", and "web-lb.service.consul" with SRV.
 * None of them has what makes HAProxy serve an instance (META_VHOST, META_SERVICE_PORT). */
#ifndef AGENT_LB_ANNOUNCE_H
#define AGENT_LB_ANNOUNCE_H

#include "lb-template/lb.h"
#include "lib/ipaddr.h"
#include "lib/problem.h"
#include "registrator/instance.h"

#define LB_ANNOUNCE_ALIAS "-lb"       /* behind the name of a service */
#define LB_ANNOUNCE_CHECK_PERIOD "5s" /* between two connections of Consul's check */

struct lb_announce_rules {
    const char *service;    /* "berth-lb" */
    const char *node;       /* our name: part of each id */
    const char *mark;       /* META_NODE */
    struct ipaddr address;  /* HAProxy's */
    struct ipaddr address6; /* the same over IPv6; no address: none */
    unsigned port;          /* of the balancer: of its HTTP or HTTPS frontend; 0: none */
    struct ipaddr check_at; /* Consul connects there to see whether HAProxy lives ... */
    unsigned check_port;    /* ... 0: to the first service port */
};

/* Appends to 'ret' what is to be registered for the 'n' backends 'v'. A service whose alias is the
 * name of another one that HAProxy serves gets none, which is a problem. */
void lb_announce_instances(const struct lb_announce_rules *rules, const struct lb_backend *v,
                           size_t n, struct instances *ret, struct problems *problems);

/* The mark of the balancer on 'node'; the caller frees it. No node's name has its '/'. */
char *lb_announce_mark(const char *node);

#endif
