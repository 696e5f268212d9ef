/* Consul's JSON: what is sent to it, and what it answers. Pure.
 *
 * A 'ret' list is sorted by instance_cmp(), and its keys are unique, whatever the answer says. An
 * entry that lacks what an instance needs is left out. On failure '*ret' stays as it was. */
#ifndef REGISTRATOR_CONSUL_JSON_H
#define REGISTRATOR_CONSUL_JSON_H

#include <stddef.h>

#include "lib/err.h"
#include "lib/strv.h"
#include "registrator/instance.h"

/* The body of PUT /v1/agent/service/register for 'i', without its state but for that of new checks.
 * The caller frees it. */
char *consul_json_register(const struct instance *i);

/* Reads /v1/agent/services and /v1/agent/checks into 'ret': the instances whose META_NODE is
 * 'node', with their state as consul_probe_read() sees it: what checks of others say is no business
 * of the one that registers. Their probes are not known. 'others' gets the rest as registry.h's
 * others() tells it. */
int consul_json_own(const char *services, size_t services_len, const char *checks,
                    size_t checks_len, const char *node, struct instances *ret,
                    struct instances *others, struct err **err);

/* Reads /v1/health/service/<service> into 'ret'. An instance whose service or node is in
 * maintenance is draining or paused, one with another critical check critical. 'node' is Consul's
 * name of it, which makes the id unique. */
int consul_json_health(const char *text, size_t len, const char *service, struct instances *ret,
                       struct err **err);

/* Reads the names in /v1/catalog/services, sorted, into the empty 'ret'. */
int consul_json_names(const char *text, size_t len, struct strv *ret, struct err **err);

/* Reads the node's name in /v1/agent/self; the caller frees it. */
int consul_json_node(const char *text, size_t len, char **ret, struct err **err);

#endif
