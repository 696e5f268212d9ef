/* SERVICE_* and HAPROXY_* labels and environment: what a container says about its services.
 *
 * The rules are registrator's (bridge/util.go, serviceMetaData; see doc/labels.md) and
 * marathon-lb's for HAPROXY_<n>_PORT, _VHOST and _MODE. Pure. */
#ifndef REGISTRATOR_METADATA_H
#define REGISTRATOR_METADATA_H

#include <stdbool.h>

#include "lib/endpoint.h"
#include "lib/problem.h"
#include "lib/strv.h"
#include "registrator/instance.h"
#include "registrator/registrator.h"

/* Makes the instances of 'n' endpoints 'v' (all containers', sorted by endpoint_cmp()). Endpoints
 * that have no address to dial or are told to be ignored give none. Appends to 'ret', sorted by
 * instance_cmp(), ids unique; what was odd goes to 'problems'. */
void instances_from_endpoints(const struct registrator_config *config, const struct endpoint *v,
                              size_t n, struct instances *ret, struct problems *problems);

/* The same for one container, whose 'n' endpoints are 'v': appends in the ports' order. An id may
 * come twice. */
void instances_from_container(const struct registrator_config *config, const struct endpoint *v,
                              size_t n, struct instances *ret, struct problems *problems);

/* The lowest container id, then the lowest port, keeps an id that several of 'l' claim: 'l' is in
 * that order, and stays so but for the others, which are moved behind and told to 'problems'.
 * Returns how many are in front of them. */
size_t metadata_unique_ids(struct instances *l, struct problems *problems);

/* How many endpoints from 'v' on, of 'n', belong to one container. */
size_t metadata_same_container(const struct endpoint *v, size_t n);

/* Splits at commas that no backslash precedes; "\," becomes ","; empty items are dropped. The order
 * is the declared one. */
void metadata_split_tags(const char *text, struct strv *ret);

#endif
