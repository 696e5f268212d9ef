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

/* Where in a chain the rule is that lets our connections pass. */
enum legacy_place {
    LEGACY_NO_CHAIN,
    LEGACY_MISSING, /* neither of the next */
    LEGACY_FIRST,   /* the chain's first rule lets them pass, whatever else they are */
    LEGACY_ASTRAY,  /* a rule with our comment is behind others, or there is more than one */
};

/* Looks for it in the chain 'name'. 'mark' is what our connections carry, 'comment' what our rule
 * says. */
enum legacy_place legacy_entries_place(const void *entries, size_t len, const char *name,
                                       uint32_t mark, const char *comment);

/* How many rules of that chain have our comment? */
size_t legacy_entries_count(const void *entries, size_t len, const char *name, const char *comment);

/* Adds to 'marks' what the rules do with the bit 'mark'. */
void legacy_entries_marks(const void *entries, size_t len, uint32_t mark,
                          struct legacy_marks *marks);

/* Does the rule at 'offset' drop, whatever it is asked? A chain's policy is such a rule. */
bool legacy_entries_drop_at(const void *entries, size_t len, size_t offset);

#endif
