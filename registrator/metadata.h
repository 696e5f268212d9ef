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

/* Splits at commas that no backslash precedes; "\," becomes ","; empty items are dropped. The order
 * is the declared one. */
void metadata_split_tags(const char *text, struct strv *ret);

#endif
