/* How a container's labels want its service to be balanced, as Meta pairs.
 *
 *     HAPROXY_<n>_BALANCE       META_BALANCE        algorithm
 *     HAPROXY_<n>_STICKY        META_STICKY         true, false
 *     HAPROXY_<n>_CHECK_PATH    META_CHECK_PATH     path that health checks ask for
 *     HAPROXY_<n>_ACCEPT_PROXY  META_ACCEPT_PROXY   true, false
 *     HAPROXY_<n>_SEND_PROXY    META_SEND_PROXY     v1, v2; true is v2; false
 *
 * A value that makes no sense is reported and ignored; the load balancer looks once more, since
 * others write to a catalog, too. Pure. */
#ifndef REGISTRATOR_LBTUNING_H
#define REGISTRATOR_LBTUNING_H

#include <stdbool.h>

#include "lib/err.h"
#include "lib/kv.h"
#include "registrator/source.h"

/* Is it one of services.d's keys: "balance", "sticky", "check_path", "accept_proxy", "send_proxy"?
 */
bool lbtuning_is_key(const char *key);

/* Adds the pair of such a key to 'meta'. Fails, naming the remedy, where 'value' makes no sense or
 * 'meta' says it already. */
int lbtuning_set(struct kvs *meta, const char *key, const char *value, struct err **err);

/* Adds the pairs of 's' to 'meta'. */
void lbtuning_add(struct kvs *meta, const struct source *s);

#endif
