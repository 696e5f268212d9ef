/* The records of a transferred zone: libldns' form -> struct dns_zone. Pure. */
#ifndef LB_TEMPLATE_DNS_RECORDS_H
#define LB_TEMPLATE_DNS_RECORDS_H

#include "lb-template/dns_plan.h"

struct ldns_struct_pkt; /* libldns' ldns_pkt */

/* Adds the records of the answer 'p' to 'zone'. Returns how many SOA records are among them. */
unsigned dns_records_add(const struct ldns_struct_pkt *p, struct dns_zone *zone);

#endif
