/* The legacy backend of iptables in this kernel, to look at only.
 *
 * A table is read through the socket option that iptables-legacy itself uses; no program runs. A
 * table that is not loaded stays so. */
#ifndef PORTMAP_LEGACY_TABLE_H
#define PORTMAP_LEGACY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "lib/clean.h"
#include "portmap/legacy.h"

struct legacy_table {
    void *memory;          /* owned */
    const void *entries;   /* struct ipt_entry, in 'memory' */
    size_t len;            /* bytes of 'entries' */
    size_t forward_policy; /* offset of the rule that is the policy of FORWARD */
};

/* Fills 'ret' (zeroed) with the table 'name' for IPv4. Returns 0; 1 where it is not loaded; -1
 * where it cannot be read. */
int legacy_table_read(const char *name, struct legacy_table *ret);

/* Where our rule is in the chain 'name' of the table `filter` for IPv4; see legacy_entries_place().
 * A table that is not loaded, or cannot be read, has no chain. */
enum legacy_place legacy_table_place(const char *name, uint32_t mark, const char *comment);

/* How many rules of that chain have our comment. */
size_t legacy_table_count(const char *name, const char *comment);

static inline void clean_legacy_table(struct legacy_table *t)
{
    free(t->memory);
}

#endif
