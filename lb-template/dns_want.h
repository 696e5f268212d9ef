/* What a zone is to say of the services that HAProxy serves. Pure.
 *
 *     vhost below the zone            A, AAAA of the load balancers
 *     <service>.<zone>                the same
 *     _<service>._tcp.<zone>          SRV with each service port, target <service>.<zone>
 *
 * A host name that is not below the zone is somebody else's business; what cannot be a name in DNS
 * is a problem. */
#ifndef LB_TEMPLATE_DNS_WANT_H
#define LB_TEMPLATE_DNS_WANT_H

#include <stdbool.h>

#include "lb-template/dns_entry.h"
#include "lb-template/lb.h"
#include "lib/ipaddr.h"
#include "lib/problem.h"

struct dns_rules {
    const char *zone; /* lower case, without its final dot */
    unsigned ttl;     /* seconds, of every record */
    bool services;    /* names of services, beside host names */
};

/* Where the load balancers are that live. */
struct dns_balancers {
    struct ipaddr *v; /* sorted, unique */
    size_t n;
    size_t cap;
};

/* Adds an address unless it is there, or is none that clients could dial. */
void dns_balancers_add(struct dns_balancers *l, const struct ipaddr *a);
bool dns_balancers_equal(const struct dns_balancers *a, const struct dns_balancers *b);
void dns_balancers_done(struct dns_balancers *l);

/* Fills 'ret', which is empty, for the 'n' backends 'v'; sorted. Without a balancer, no name has a
 * record. */
void dns_want(const struct dns_rules *rules, const struct lb_backend *v, size_t n,
              const struct dns_balancers *balancers, struct dns_entries *ret,
              struct problems *problems);

#endif
