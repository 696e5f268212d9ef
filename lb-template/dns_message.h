/* What is said to a DNS server, and what its answers mean: updates (RFC 2136) and zone transfers
 * (RFC 5936), signed by TSIG (RFC 8945), with libldns.
 *
 * Pure but for the clock, which a signature needs. An answer counts only where its signature is
 * good; refusals that cannot be signed are reported and believed no further. */
#ifndef LB_TEMPLATE_DNS_MESSAGE_H
#define LB_TEMPLATE_DNS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lb-template/dns_key.h"
#include "lb-template/dns_plan.h"
#include "lib/err.h"

#define DNS_FUDGE 300 /* seconds that the two clocks may differ */

/* A signed question and what its answers are checked with. */
struct dns_message {
    uint8_t *wire; /* to be sent */
    size_t len;
    /* private */
    const struct dns_key *key;
    uint16_t id;
    uint8_t mac[64]; /* of the question, then of the last answer of a transfer */
    size_t mac_len;
    bool more;    /* a message of the transfer has been read */
    unsigned soa; /* SOA records seen */
};

/* What an answer says. */
enum dns_verdict {
    DNS_STRANGE,   /* it answers another question: to be ignored */
    DNS_TRUNCATED, /* ask again over TCP */
    DNS_MORE,      /* of a transfer: another message follows */
    DNS_DONE,
    DNS_REFUSED,  /* an update's prerequisite did not hold: the name is not what it was */
    DNS_DECLINED, /* the server does not take this update, see the error; others it may */
    DNS_FAILED,   /* see the error */
};

/* Fills '*ret' with an update that makes 'change' in 'zone', atomically and only where the name is
 * free (DNS_ADD) or ours. 'key' is borrowed as long as the message is used. */
int dns_message_update(struct dns_message *ret, const struct dns_key *key, const char *zone,
                       const char *owner, const struct dns_change *change, struct err **err);

/* The same with the question for all of 'zone', which goes over TCP. */
int dns_message_transfer(struct dns_message *ret, const struct dns_key *key, const char *zone,
                         struct err **err);
void dns_message_done(struct dns_message *m);

/* Reads one answer. The records of a transfer are added to 'zone', which is NULL for an update. */
enum dns_verdict dns_message_read(struct dns_message *m, const uint8_t *wire, size_t len,
                                  struct dns_zone *zone, struct err **err);

#endif
