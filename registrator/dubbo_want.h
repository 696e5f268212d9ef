/* Which provider nodes there should be: from endpoints with Dubbo's labels, and from machines of
 * services.d/ with Dubbo's keys. Pure.
 *
 * A provider that is told to stop, is paused or is not healthy has no node. */
#ifndef REGISTRATOR_DUBBO_WANT_H
#define REGISTRATOR_DUBBO_WANT_H

#include "lib/endpoint.h"
#include "lib/problem.h"
#include "registrator/dubbo_local.h"
#include "registrator/dubbo_node.h"
#include "registrator/instance.h"
#include "registrator/registrator.h"

/* Meta keys that carry what services.d/ says: "dubbo", "dubbo-methods", ... */
#define META_DUBBO "dubbo"

/* Does the container answer, and is it to go on doing so? */
bool dubbo_serves(const struct endpoint *e);

/* Appends to 'ret' the nodes of all 'n' endpoints 'v', sorted by endpoint_cmp(), and to 'locals'
 * those that have an address of their own. */
void dubbo_want_endpoints(const struct registrator_config *config, const struct endpoint *v,
                          size_t n, struct dubbo_nodes *ret, struct dubbo_locals *locals,
                          struct problems *problems);

/* Appends the nodes of machines. */
void dubbo_want_machines(const struct instances *machines, struct dubbo_nodes *ret);

/* Adds what a key of services.d/ says, "dubbo" or "dubbo_<word>", to 'meta'. */
int dubbo_want_key(struct kvs *meta, const char *key, const char *value, struct err **err);

/* Reads what those keys of 'machine' say into the empty 'ret', for dubbo_said_done(). The
 * application is the service where none is said. Returns whether it is a provider. */
bool dubbo_want_read(const struct instance *machine, struct dubbo_said *ret);

/* Tells 'problems', under 'subject', of labels that are for no port of the container whose
 * endpoints 'v' are. */
void dubbo_want_check(const struct endpoint *v, size_t n, const char *subject,
                      struct problems *problems);

#endif
