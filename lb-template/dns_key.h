/* The key that signs what is sent to a DNS server (TSIG, RFC 8945), in the form of BIND's key
 * files:
 *
 *     key "berth" { algorithm hmac-sha256; secret "bWFkZSB1cA=="; };
 *
 * tsig-keygen(8) writes one. The secret is never shown. */
#ifndef LB_TEMPLATE_DNS_KEY_H
#define LB_TEMPLATE_DNS_KEY_H

#include <stddef.h>

#include "lib/err.h"

#define DNS_KEY_FILE_MAX 16384 /* bytes */

struct dns_key {
    char *name;
    const char *algorithm; /* "hmac-sha256": one of a few literals */
    char *secret;          /* base64 */
};

/* Reads the first key of 'text', which ends with a NUL. '*ret' is zeroed. The error says what is
 * wrong, and nothing of the secret. */
int dns_key_parse(const char *text, struct dns_key *ret, struct err **err);

/* Reads 'path', which nobody but its owner and group may read. */
int dns_key_load(const char *path, struct dns_key *ret, struct err **err);
void dns_key_done(struct dns_key *k);

#endif
