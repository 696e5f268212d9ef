/* What portmap keeps in the kernel: one look at it, one transaction upon each table.
 *
 * A view is a snapshot of the tables `ip berth` and `ip6 berth`. kernel_commit() brings them from a
 * view to the wanted mappings, and fails as stale (nft_is_stale()) where anybody has changed any
 * ruleset since: then the caller looks again. What is in the tables and not wanted goes, whoever
 * put it there. `ip6 berth` is made when the first mapping has an IPv6 target: hosts that use no
 * IPv6 shall not pay for tracking its connections. */
#ifndef PORTMAP_KERNEL_H
#define PORTMAP_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/problem.h"
#include "portmap/flow.h"
#include "portmap/mapping.h"
#include "portmap/nft.h"
#include "portmap/ruleset.h"
#include "portmap/undo.h"

#define KERNEL_TABLES 2 /* `ip berth` and `ip6 berth`, in that order */

struct kernel;

struct kernel_view {
    uint32_t generation;
    /* Nobody has changed a ruleset since kernel_settled(): the leases are those committed then, and
     * none are below. */
    bool known;
    bool damaged; /* somebody has changed our tables, elements aside */
    struct ruleset_view tables[KERNEL_TABLES];
    struct mapping *leases; /* the elements that are mappings, sorted by key; owned */
    size_t n_leases;
    size_t n_foreign; /* elements of our maps that are none */
};

/* 'mark' is the bit for packets and connections of ours. Fails where berth lacks CAP_NET_ADMIN;
 * changes nothing yet. */
struct kernel *kernel_new(uint32_t mark, struct err **err);

/* Where to record what kernel_commit() changes outside of the table; borrowed. None at first: then
 * it is not recorded. */
void kernel_set_undo(struct kernel *k, struct undo *undo);

/* Leaves the tables as they are. */
void kernel_free(struct kernel *k);

/* The netlink port that the kernel names as the author of our changes; see nft_port(). */
uint32_t kernel_port(const struct kernel *k);

/* Fills 'ret' (zeroed), which the caller gives to kernel_view_done() in any case. */
int kernel_look(struct kernel *k, struct kernel_view *ret, struct err **err);

void kernel_view_done(struct kernel_view *view);

/* Makes the tables carry the 'n' wanted mappings, sorted by key, and the resting ports, and no
 * other, and lets the host reach them by 127.0.0.1. 'now' is the time of the rests' clock. A
 * container behind no known interface becomes a problem. Where the kernel refuses `ip6 berth`,
 * `ip berth` is as it should be, kernel_no_ipv6() says why, and the error is stale: the caller
 * looks again and wants no IPv6. */
int kernel_commit(struct kernel *k, const struct kernel_view *view, const struct mapping *wanted,
                  size_t n, const struct quarantine *resting, double now, struct problems *problems,
                  struct err **err);

/* Why `ip6 berth` cannot be programmed; NULL: nothing speaks against it. Owned by 'k'. */
const char *kernel_no_ipv6(const struct kernel *k);

/* Lets the next kernel_commit() try again. */
void kernel_retry_ipv6(struct kernel *k);

/* Sees to the rule in DOCKER-USER, and to that for IPv6 once there is `ip6 berth`. A failure is a
 * problem, unless it is nft_is_passing(). '*ret_repaired': somebody else had removed a rule, or
 * moved it. */
int kernel_accept(struct kernel *k, const struct kernel_view *view, struct problems *problems,
                  bool *ret_repaired, struct err **err);

/* Lets the containers of the 'n' mappings reach themselves by their host ports; see
 * hairpin_ensure(). Its failure is a problem, unless it is nft_is_passing(). */
int kernel_hairpin(struct kernel *k, const struct mapping *v, size_t n, struct problems *problems,
                   struct err **err);

/* The pass is over, and the caller remembers as leases what kernel_commit() was given last. Where
 * nobody has changed a ruleset meanwhile, the next look need not read the tables again. */
void kernel_settled(struct kernel *k);

/* Makes the kernel forget connections that ask for one of 'ports' and lead elsewhere than the 'n'
 * mappings say; see conntrack_flush(). */
int kernel_forget(struct kernel *k, const struct flow_ports *ports, const struct mapping *v,
                  size_t n, size_t *ret_n, bool *ret_all, struct err **err);

#endif
