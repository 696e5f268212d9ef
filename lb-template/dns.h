/* Names in the company's DNS zone that lead to HAProxy, kept by dynamic updates (RFC 2136).
 *
 * A pass transfers the zone, compares what is ours in it with what is wanted (dns_want.h,
 * dns_plan.h), and sends one signed update for each name that differs. Each is atomic, checks by
 * prerequisites that the name is free or ours, and may be repeated without harm. Only one load
 * balancer writes at a time: the owner says by dns_set_turn() whose turn it is. */
#ifndef LB_TEMPLATE_DNS_H
#define LB_TEMPLATE_DNS_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "lb-template/dns_want.h"
#include "lib/err.h"
#include "lib/problem.h"
#include "lib/sync.h"

struct dns;

struct dns_config {
    const char *zone;     /* a domain name; a final dot does no harm */
    const char *owner;    /* what our records say whose they are: letters, digits, "-._" */
    const char *server;   /* "192.0.2.53", "192.0.2.53:53", "[2001:db8::1]:53" */
    const char *key_file; /* see dns_key.h */
    unsigned ttl;         /* seconds */
    bool services;        /* names of services, beside host names */
    double resync;        /* seconds between transfers that nobody asked for */
};

/* Reads "address[:port]" into both; the port is 53 where none is said. */
int dns_server_parse(const char *text, struct ipaddr *ret, uint16_t *ret_port, struct err **err);

/* Fails on what 'config' says wrong, on a key that cannot be used, and in a berth that was built
 * without libldns. Strings are copied. Nothing is sent before dns_update() and dns_set_turn().
 * 'on_change' is called, from the loop, when what dns_name_state() says or the problems may have
 * changed. */
struct dns *dns_new(struct ev_loop *loop, const struct dns_config *config,
                    void (*on_change)(void *arg), void *arg, struct err **err);

/* Leaves the records as they are. */
void dns_free(struct dns *d);

/* Were both made from the same configuration, the key in its file included? */
bool dns_is_same(const struct dns *a, const struct dns *b);

/* The names from now on, for the 'n' backends 'v' and the load balancers that live. Where none
 * lives the names stay as they are: a name that leads nowhere is no better than one that is gone.
 */
void dns_update(struct dns *d, const struct lb_backend *v, size_t n,
                const struct dns_balancers *balancers);

/* Is it ours to write? No, at first. */
void dns_set_turn(struct dns *d, bool ours);

/* Transfers the zone now, where it is ours to write, as every 'resync' seconds. */
void dns_resync(struct dns *d);
bool dns_has_turn(const struct dns *d);

/* What is wanted, sorted. */
const struct dns_entries *dns_wanted(const struct dns *d);

/* "written", "refused" (see the problems), "waiting", or "another's turn". */
const char *dns_name_state(const struct dns *d, const char *name);
const char *dns_zone_name(const struct dns *d);
const struct problems *dns_problems(const struct dns *d);
const struct sync *dns_sync(const struct dns *d);

#endif
