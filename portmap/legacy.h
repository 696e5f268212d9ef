/* A table of iptables' legacy backend, as bytes. Pure; legacy_table.h gets them from the kernel. */
#ifndef PORTMAP_LEGACY_H
#define PORTMAP_LEGACY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct legacy_marks {
    bool accepts; /* a rule lets connections with our mark pass */
    bool clash;   /* a rule uses our bit for something else */
};

/* Does the table that 'entries' holds, 'len' bytes of struct ipt_entry, define the chain 'name'?
 * Bytes that are no table define none. */
bool legacy_entries_have_chain(const void *entries, size_t len, const char *name);

/* Has that chain a rule that lets connections with 'mark' pass, whatever else they are? */
bool legacy_entries_accept_mark(const void *entries, size_t len, const char *name, uint32_t mark);

/* Adds to 'marks' what the rules do with the bit 'mark'. */
void legacy_entries_marks(const void *entries, size_t len, uint32_t mark,
                          struct legacy_marks *marks);

/* Does the rule at 'offset' drop, whatever it is asked? A chain's policy is such a rule. */
bool legacy_entries_drop_at(const void *entries, size_t len, size_t offset);

#endif
