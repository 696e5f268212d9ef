/* What a rule of somebody else's does with the bit that marks our packets and connections.
 *
 * Asks the kernel nothing: rules come as libnftnl's objects, the matches and targets of iptables as
 * bytes. What stands behind a set or a map is not looked at. */
#ifndef PORTMAP_MARKUSE_H
#define PORTMAP_MARKUSE_H

#include <stdio.h> /* the next one needs it */
#include <libnftnl/rule.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct markuse {
    bool uses;     /* the rule tests or sets the bit */
    bool for_us;   /* it tests exactly that the bit is set */
    bool accepts;  /* it ends with ACCEPT */
    bool stranger; /* it has other conditions */
};

/* Reads the rule 'r'. 'mark' is the bit. */
struct markuse markuse_of_rule(const struct nftnl_rule *r, uint32_t mark);

/* Adds what the iptables match, or target, 'name' with its 'len' bytes of 'info' does. */
void markuse_add_match(struct markuse *u, const char *name, const void *info, size_t len,
                       uint32_t mark);
void markuse_add_target(struct markuse *u, const char *name, const void *info, size_t len,
                        uint32_t mark);

/* Was the rule written to let our connections pass? */
bool markuse_lets_pass(const struct markuse *u);

#endif
