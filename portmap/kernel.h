/* What portmap keeps in the kernel: one look at it, one transaction upon it.
 *
 * A view is a snapshot of the table `ip berth`. kernel_commit() brings the table from a view to the
 * wanted mappings, and fails as stale (nft_is_stale()) where anybody has changed any ruleset since:
 * then the caller looks again. What is in the table and not wanted goes, whoever put it there. */
#ifndef PORTMAP_KERNEL_H
#define PORTMAP_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/problem.h"
#include "portmap/element.h"
#include "portmap/flow.h"
#include "portmap/mapping.h"
#include "portmap/nft.h"
#include "portmap/undo.h"

struct kernel;

struct kernel_view {
    uint32_t generation;
    bool intact; /* the rules are as this kernel object wrote them */
    bool first;  /* it has not written them yet */
    struct elements ports, bridges, hairpin, quarantine;
    struct mapping *leases; /* the ports that are mappings, sorted by key; owned */
    size_t n_leases;
};

/* 'mark' is the bit for packets and connections of ours. Fails where berth lacks CAP_NET_ADMIN;
 * changes nothing yet. */
struct kernel *kernel_new(uint32_t mark, struct err **err);

/* Where to record what kernel_commit() changes outside of the table; borrowed. None at first: then
 * it is not recorded. */
void kernel_set_undo(struct kernel *k, struct undo *undo);

/* Leaves the table as it is. */
void kernel_free(struct kernel *k);

/* The netlink port that the kernel names as the author of our changes; see nft_port(). */
uint32_t kernel_port(const struct kernel *k);

/* Fills 'ret' (zeroed), which the caller gives to kernel_view_done() in any case. */
int kernel_look(struct kernel *k, struct kernel_view *ret, struct err **err);

void kernel_view_done(struct kernel_view *view);

/* Makes the table carry the 'n' wanted mappings, sorted by key, and the resting ports, and no
 * other, and lets the host reach them by 127.0.0.1. 'now' is the time of the rests' clock. A
 * container behind no known interface becomes a problem. */
int kernel_commit(struct kernel *k, const struct kernel_view *view, const struct mapping *wanted,
                  size_t n, const struct quarantine *resting, double now, struct problems *problems,
                  struct err **err);

/* Sees to the rule in DOCKER-USER. Its failure is a problem, unless it is stale. '*ret_repaired':
 * somebody else had removed the rule, or moved it. */
int kernel_accept(struct kernel *k, struct problems *problems, bool *ret_repaired,
                  struct err **err);

/* Lets the containers of the 'n' mappings reach themselves by their host ports; see
 * hairpin_ensure(). Its failure is a problem, unless it is stale. */
int kernel_hairpin(struct kernel *k, const struct mapping *v, size_t n, struct problems *problems,
                   struct err **err);

/* Makes the kernel forget connections that ask for one of 'ports' and lead elsewhere than the 'n'
 * mappings say; see conntrack_flush(). */
int kernel_forget(struct kernel *k, const struct flow_ports *ports, const struct mapping *v,
                  size_t n, size_t *ret_n, bool *ret_all, struct err **err);

#endif
