/* What has to be written to a zone: what is wanted against what the zone has. Pure.
 *
 * A name is ours where a TXT record at DNS_MARK<name> says so: "owner=<owner>", and nothing else.
 * Of such a name the A, AAAA and SRV records are ours; whatever else stands there, and every name
 * that is not ours, is left alone. */
#ifndef LB_TEMPLATE_DNS_PLAN_H
#define LB_TEMPLATE_DNS_PLAN_H

#include <stdint.h>

#include "lb-template/dns_entry.h"
#include "lib/problem.h"

/* What a zone has, as far as it concerns us. Filled record by record, then sorted. */
struct dns_zone {
    struct dns_entries used;  /* every name with a record; of it, the A, AAAA and SRV records */
    struct dns_entries marks; /* name -> what its marks say, "owner=..." */
};

enum dns_action {
    DNS_ADD,    /* the name is free: records and mark */
    DNS_CHANGE, /* the name is ours: other records */
    DNS_REMOVE, /* the name is ours: records and mark go */
};

struct dns_change {
    enum dns_action action;
    char *name;
    struct strv records; /* from now on; none for DNS_REMOVE */
};

struct dns_changes {
    struct dns_change *v;
    size_t n;
    size_t cap;
};

/* Adds one record: 'type' is "A", 'data' what a zone file has behind the type. A text of TXT is
 * without its quotes. 'name' is as in struct dns_entry. */
void dns_zone_add(struct dns_zone *z, const char *name, uint32_t ttl, const char *type,
                  const char *data);
void dns_zone_sort(struct dns_zone *z);
void dns_zone_done(struct dns_zone *z);

/* Appends what makes 'zone' say what is 'wanted'; both are sorted. Names that are not ours go to
 * 'problems'. What is removed comes last. */
void dns_plan(const struct dns_entries *wanted, const struct dns_zone *zone, const char *owner,
              struct dns_changes *ret, struct problems *problems);
void dns_changes_done(struct dns_changes *l);

/* "added", "changed", "removed". */
const char *dns_action_name(enum dns_action action);

/* "owner=<owner>", what a mark of ours says; the caller frees it. */
char *dns_mark_text(const char *owner);

#endif
