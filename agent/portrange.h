/* Sets of ports as ranges: reserved ports, a Mesos agent's ports. Pure. */
#ifndef AGENT_PORTRANGE_H
#define AGENT_PORTRANGE_H

#include <stdbool.h>
#include <stddef.h>

#define PORTRANGES_MAX 4096 /* further ones are left out */

struct portrange {
    unsigned first, last; /* both included */
};

struct portranges {
    struct portrange *v;
    size_t n;
    size_t cap;
};

void portranges_done(struct portranges *l);
void portranges_add(struct portranges *l, unsigned first, unsigned last);

/* Adds what 'text' lists: "80,28000-29999" as in /proc/sys, or "[31000-32000, 33000-34000]" as in
 * Mesos. Up to the first character that fits neither. */
void portranges_parse(struct portranges *l, const char *text);

/* Adds the ports that a Mesos agent's --resources offers: "cpus:4;ports(role):[31000-32000]", or
 * the same as JSON. Returns false where 'text' says nothing of ports. */
bool portranges_parse_mesos(struct portranges *l, const char *text);

/* Is every port of 'r' in the set? */
bool portranges_contain(const struct portranges *l, struct portrange r);

/* A range of the set that shares a port with 'r', or NULL. */
const struct portrange *portranges_overlap(const struct portranges *l, struct portrange r);

/* "80,28000-29999": sorted, what touches made one. Sorts 'l'. The caller frees it. */
char *portranges_format(struct portranges *l);

#endif
