/* What a container's labels tell the load balancer, as Meta pairs.
 *
 *     SERVICE_[<port>_]SERVICE_PORT, else HAPROXY_<n>_PORT,
 *     else what Marathon says of the app                     META_SERVICE_PORT
 *     HAPROXY_<n>_VHOST                                      META_VHOST
 *     HAPROXY_<n>_MODE                                       META_MODE
 *     HAPROXY_<n>_BALANCE, _STICKY, _CHECK_PATH, _ACCEPT_PROXY, _SEND_PROXY: lbtuning.h
 *
 * HAPROXY_* means what it means to marathon-lb; labels win over the environment. A value that makes
 * no sense is reported and ignored. Pure. */
#ifndef REGISTRATOR_LBMETA_H
#define REGISTRATOR_LBMETA_H

#include "lib/kv.h"
#include "registrator/source.h"

/* The attribute that SERVICE_[<port>_]SERVICE_PORT sets. */
#define LBMETA_ATTR_PORT "service_port"

/* Adds the pairs of 's' to 'meta'. */
void lbmeta_add(struct kvs *meta, const struct source *s);

#endif
