/* Lets a container reach itself by its host port while br_netfilter is on.
 *
 * With net.bridge.bridge-nf-call-iptables, for IPv6 with net.bridge.bridge-nf-call-ip6tables, the
 * bridge itself carries the translated frame on, and
 * does not send it out by the port it came from unless that port is in hairpin mode. The port is
 * found from the far end of its cable: the kernel says which addresses that end has in the other
 * network namespace, without anybody entering it, and whether or not the container has sent
 * anything yet. Ports of containers without mappings are left alone. */
#ifndef PORTMAP_HAIRPIN_H
#define PORTMAP_HAIRPIN_H

#include <stddef.h>

#include "lib/err.h"
#include "lib/strv.h"
#include "portmap/mapping.h"

/* Sets hairpin mode on the bridge ports of the containers of the 'n' mappings at 'v'. Nothing is
 * done where br_netfilter is off. Ports come and go: each container start makes a new one. Error
 * code EINTR: interfaces changed meanwhile, ask again. */
int hairpin_ensure(const struct mapping *v, size_t n, struct err **err);

/* Fills 'ret' (empty) with the names of the ports that hairpin_ensure() would set it on. */
int hairpin_list_missing(const struct mapping *v, size_t n, struct strv *ret, struct err **err);

#endif
