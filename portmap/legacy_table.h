/* The legacy backend of iptables in this kernel: only whether a chain is there.
 *
 * The table is read through the socket option that iptables-legacy itself uses; no program runs.
 * A table that is not loaded stays so. */
#ifndef PORTMAP_LEGACY_TABLE_H
#define PORTMAP_LEGACY_TABLE_H

#include <stdbool.h>

/* Does the table `filter` for IPv4 have a user-defined chain 'name'? */
bool legacy_table_has_chain(const char *name);

#endif
