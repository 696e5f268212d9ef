/* The legacy backend of iptables in this kernel: only what one chain of it says.
 *
 * The table is read through the socket option that iptables-legacy itself uses; no program runs.
 * A table that is not loaded stays so. */
#ifndef PORTMAP_LEGACY_TABLE_H
#define PORTMAP_LEGACY_TABLE_H

#include <stdbool.h>
#include <stdint.h>

/* Does the table `filter` for IPv4 have a user-defined chain 'name' without a rule that accepts
 * connections with 'mark'? See legacy_entries_accept_mark(). */
bool legacy_table_lacks_rule(const char *name, uint32_t mark);

#endif
