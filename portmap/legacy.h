/* A table of iptables' legacy backend, as bytes. Pure; legacy_table.h gets them from the kernel. */
#ifndef PORTMAP_LEGACY_H
#define PORTMAP_LEGACY_H

#include <stdbool.h>
#include <stddef.h>

/* Does the table that 'entries' holds, 'len' bytes of struct ipt_entry, define the chain 'name'?
 * Bytes that are no table define none. */
bool legacy_entries_have_chain(const void *entries, size_t len, const char *name);

#endif
