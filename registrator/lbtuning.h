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

#include "lib/kv.h"
#include "registrator/source.h"

/* Adds the pairs of 's' to 'meta'. */
void lbtuning_add(struct kvs *meta, const struct source *s);

#endif
