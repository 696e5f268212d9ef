/* SERVICE_[<port>_]CHECK_*: the checks that a container asks for.
 *
 * Kinds, keys and defaults are registrator's (consul/consul.go, buildCheck); of the kinds, the
 * first one that is said counts. SERVICE_[<port>_]CHECK_<n>_* are further checks with the same
 * keys. What Consul would refuse is reported and left out, so that the registration stands. Pure.
 */
#ifndef REGISTRATOR_PROBE_LABELS_H
#define REGISTRATOR_PROBE_LABELS_H

#include "registrator/instance.h"
#include "registrator/source.h"

/* Begins the key of every attribute that is read here. */
#define PROBE_LABELS_PREFIX "check_"

/* Appends the checks that 's' asks for to the probes of 'i', whose id, address and port are set. */
void probes_from_source(const struct source *s, struct instance *i);

#endif
