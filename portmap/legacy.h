/* A table of iptables' legacy backend, as bytes. Pure; legacy_table.h gets them from the kernel. */
#ifndef PORTMAP_LEGACY_H
#define PORTMAP_LEGACY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Does the table that 'entries' holds, 'len' bytes of struct ipt_entry, define the chain 'name'?
 * Bytes that are no table define none. */
bool legacy_entries_have_chain(const void *entries, size_t len, const char *name);

/* Has that chain a rule that accepts by the connection's mark, `-m connmark --mark M/M`, with
 * 'mark' as M? What else the rule asks for is not looked at. */
bool legacy_entries_accept_mark(const void *entries, size_t len, const char *name, uint32_t mark);

#endif
