/* An instance's checks between berth and Consul's agent. Pure. */
#ifndef REGISTRATOR_CONSUL_PROBE_H
#define REGISTRATOR_CONSUL_PROBE_H

#include <jansson.h>

#include "registrator/instance.h"

#define CONSUL_PAUSED "paused" /* the reason for maintenance of what is paused */

/* The list for a registration's "Checks". The caller drops it. */
json_t *consul_probes_json(const struct probes *l);

/* The body of PUT /v1/agent/check/update/<id> that tells what Docker's health check says of an
 * instance in 'state'; NULL where the state says nothing of it. The caller frees it. */
char *consul_probe_result(enum instance_state state);

/* Completes 'i', which comes from the agent, by 'checks', the agent's answer of /v1/agent/checks:
 * its state, and whether it is fed. Where checks of 'i' are missing, its META_PROBES goes, so that
 * it differs from what is wanted. Checks that others added to it do not count. */
void consul_probe_read(const json_t *checks, struct instance *i);

/* The state of an instance with 'checks', the array in the catalog's answer. Maintenance counts
 * first, then the worst check. */
enum instance_state consul_probe_health(const json_t *checks);

#endif
