/* Reading the members of Marathon's documents, each within its limit. Pure.
 *
 * A member that is missing or null is not an error: the value stays as the caller has set it. One
 * that is there and does not fit is, and the error names it. */
#ifndef LIB_MARATHON_JSON_H
#define LIB_MARATHON_JSON_H

#include <stdint.h>

#include "lib/err.h"
#include "lib/json.h"
#include "lib/kv.h"

#define MARATHON_PAIRS_MAX 1024          /* labels, or environment variables, of one app */
#define MARATHON_KEY_MAX 1024            /* bytes of a label's name */
#define MARATHON_VALUE_MAX (64 * 1024)   /* bytes of its value: labels can hold whole templates */
#define MARATHON_TEXT_MAX 1024           /* bytes of a name, an id, a path */
#define MARATHON_NUMBER_MAX 1000000000LL /* instances, seconds, failures */

/* Is 'id' what Marathon takes for an app: "/shop/greet", of letters, digits, '.', '-' and '_'? */
bool marathon_id_ok(const char *id);

/* Is it a host's name or an address: letters, digits, '.', '-', '_', ':'? */
bool marathon_host_ok(const char *host);

/* The string 'key', of at most MARATHON_TEXT_MAX bytes without control characters; replaces
 * '*ret', which is freed. */
int marathon_read_text(const json_t *object, const char *key, char **ret, struct err **err);

/* The number 'key', from 0 to 65535; MARATHON_NUMBER_MAX. */
int marathon_read_port(const json_t *object, const char *key, uint16_t *ret, struct err **err);
int marathon_read_number(const json_t *object, const char *key, unsigned *ret, struct err **err);

/* Appends the strings of object 'key', sorted by name. A value that is no string (a secret's
 * reference) is left out; one that holds a NUL, too. */
int marathon_read_pairs(const json_t *object, const char *key, struct kvs *ret, struct err **err);

/* "2026-11-20T10:00:04.000Z" as seconds since 1970; 0: it is no such time, or NULL. */
double marathon_time(const char *text);

#endif
