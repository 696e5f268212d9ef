/* The rule of portmap/docker_user.h in the legacy backend of iptables, which nf_tables does not
 * reach: the program iptables-legacy writes it, beside the loop.
 *
 * The kernel tells nobody when a table of that backend changes, so a lost rule is noticed by the
 * next pass, after [agent] resync seconds at the latest. Where Docker has no DOCKER-USER there,
 * nothing is done. */
#ifndef PORTMAP_LEGACY_RULE_H
#define PORTMAP_LEGACY_RULE_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/problem.h"

struct legacy_rule;

/* 'mark' is what our connections carry. 'on_end' is called with 'arg' whenever the program has
 * ended: then look again. 'loop' must be the default loop. */
struct legacy_rule *legacy_rule_new(struct ev_loop *loop, uint32_t mark, void (*on_end)(void *arg),
                                    void *arg);

/* The rule stays. */
void legacy_rule_free(struct legacy_rule *r);

/* Looks whether the rule is the first of DOCKER-USER, and has it put there where it is not. What
 * went wrong the last time is told to 'problems' and tried again, now and then. */
void legacy_rule_ensure(struct legacy_rule *r, struct problems *problems);

/* For a command that ends: deletes the rule, and waits until it is gone. '*ret_n' is how many there
 * were; with 'dry_run' they stay. 'loop' is the default loop and must not be running. */
int legacy_rule_remove(struct ev_loop *loop, uint32_t mark, bool dry_run, size_t *ret_n,
                       struct err **err);

#endif
