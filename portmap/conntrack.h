/* Makes the kernel forget connections that lead elsewhere than the map says. */
#ifndef PORTMAP_CONNTRACK_H
#define PORTMAP_CONNTRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "portmap/flow.h"
#include "portmap/nft.h"

#define CONNTRACK_FLUSH_MAX 16384 /* connections that one call forgets */

/* Reads conntrack's table once, and deletes what flow_is_stale() says. 'nft' lends its socket.
 * '*ret_n': how many were stale. '*ret_all' is false where more than CONNTRACK_FLUSH_MAX were; the
 * caller asks again for the same 'ports'. A connection that ends by itself meanwhile is no error. A
 * kernel without conntrack has nothing to forget. */
int conntrack_flush(struct nft *nft, const struct flow_ports *ports, const struct mapping *v,
                    size_t n, uint32_t mark, size_t *ret_n, bool *ret_all, struct err **err);

#endif
