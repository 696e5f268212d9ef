/* The legacy backend of iptables: only whether a chain is there.
 *
 * The table is read through the socket option that iptables-legacy itself uses; no program runs.
 * A table that is not loaded stays so. */
#ifndef PORTMAP_LEGACY_H
#define PORTMAP_LEGACY_H

#include <stdbool.h>
#include <stddef.h>

#define LEGACY_TABLE_MAX (16 * 1024 * 1024) /* bytes; a larger table is not looked at */

/* Does the table `filter` for IPv4 have a user-defined chain 'name'? */
bool legacy_has_chain(const char *name);

/* Does the table that 'entries' holds ('len' bytes of struct ipt_entry) define the chain? Pure. */
bool legacy_entries_have_chain(const void *entries, size_t len, const char *name);

#endif
