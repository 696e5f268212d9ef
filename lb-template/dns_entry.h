/* Names in a DNS zone with their records. Pure.
 *
 * A name is lower case and has no final dot. A record is what a zone file has behind the name:
 * "30 IN A 192.0.2.1"; records of a name are sorted by byte value, which makes them comparable. */
#ifndef LB_TEMPLATE_DNS_ENTRY_H
#define LB_TEMPLATE_DNS_ENTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/strv.h"

#define DNS_NAME_MAX 253   /* bytes of a name without its final dot (RFC 1035) */
#define DNS_MARK "_berth." /* before a name: where the TXT record stands that says whose it is */

struct dns_entry {
    char *name;
    struct strv records;
};

struct dns_entries {
    struct dns_entry *v;
    size_t n;
    size_t cap;
};

/* Appends an entry without records and returns it; it is valid until the next one is added. */
struct dns_entry *dns_entries_add(struct dns_entries *l, const char *name);

/* Sorts by name, joins those of one name, and sorts their records. */
void dns_entries_sort(struct dns_entries *l);

/* The entry of that name in a sorted list, or NULL. */
const struct dns_entry *dns_entries_find(const struct dns_entries *l, const char *name);
void dns_entries_done(struct dns_entries *l);

/* Same names with the same records? Both are sorted. */
bool dns_entries_equal(const struct dns_entries *a, const struct dns_entries *b);

#endif
