/* Sets of ports: the pool, reserved ports, what a Mesos agent offers. Pure.
 *
 * A set is a value of a bit per port: it is copied by '=', begins as {0}, and owns nothing. As text
 * it is a list of ranges, "80,28000-29999", the way /proc/sys writes one. */
#ifndef LIB_PORTSET_H
#define LIB_PORTSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define PORTSET_RANGES_MAX 16 /* ranges that portset_parse() takes */

struct portset {
    uint64_t bits[65536 / 64];
};

struct portrange {
    unsigned first, last; /* both included */
};

/* Adds, or takes out, the ports 'first' to 'last'. What is beyond 65535, or the wrong way round,
 * does nothing. */
void portset_add(struct portset *s, unsigned first, unsigned last);
void portset_remove(struct portset *s, unsigned first, unsigned last);

/* Adds, or takes out, the ports of 'other'. */
void portset_add_set(struct portset *s, const struct portset *other);
void portset_remove_set(struct portset *s, const struct portset *other);

/* Fills 'ret' with what a person wrote: "28000-28999,29500-29999", at most PORTSET_RANGES_MAX
 * ranges or single ports from 'lowest' to 65535. Ranges that touch become one; those that overlap
 * are refused, since one of them is a slip. The error says what is wrong and shows how it looks. */
int portset_parse(const char *text, unsigned lowest, struct portset *ret, struct err **err);

/* Adds what a program wrote: "80,28000-29999" as in /proc/sys, or "[31000-32000, 33000-34000]" as
 * in Mesos. Up to the first character that fits neither. */
void portset_read(struct portset *s, const char *text);

bool portset_has(const struct portset *s, unsigned port);

/* How many ports are in it. */
unsigned portset_size(const struct portset *s);

/* Is every port of 'other' in 's'? */
bool portset_covers(const struct portset *s, const struct portset *other);

/* Have they a port in common? Then '*ret' is the first range of such. */
bool portset_overlap(const struct portset *s, const struct portset *other, struct portrange *ret);

/* The first port behind 'port', going round from the highest to the lowest; 0: the set is empty. */
uint16_t portset_next(const struct portset *s, uint16_t port);

/* The highest port; 0: the set is empty. */
uint16_t portset_last(const struct portset *s);

/* The first range that lies at 'from' or behind. Returns false where there is none. */
bool portset_range(const struct portset *s, unsigned from, struct portrange *ret);

/* "80,28000-29999"; the caller frees it. */
char *portset_format(const struct portset *s);

#endif
