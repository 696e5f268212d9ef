/* Policy routing that goes by a mark: what `ip rule` shows with fwmark. */
#ifndef PORTMAP_IPRULE_H
#define PORTMAP_IPRULE_H

#include <stdint.h>

#include "lib/err.h"
#include "lib/strv.h"

/* Adds to 'l' a name for each rule, IPv4 or IPv6, that looks at the bit 'mark' of packets:
 * "ip rule 100: fwmark 0x4000000/0xff000000". A kernel without policy routing has none. */
int iprule_list(uint32_t mark, struct strv *l, struct err **err);

#endif
