/* One of our two tables in the kernel, `ip berth` or `ip6 berth`, as a whole: rules and elements.
 *
 * ruleset_look() reads it, ruleset_commit() brings it from there to what is wanted in one
 * transaction. nft_table.h says what is in it; kernel.h, which is the only caller, what is wanted.
 * A table of our name that is built otherwise, by hand or by another version, is replaced. */
#ifndef PORTMAP_RULESET_H
#define PORTMAP_RULESET_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "portmap/element.h"
#include "portmap/nft.h"

enum ruleset_set {
    RULESET_PORTS,
    RULESET_PORTS_IP,
    RULESET_HAIRPIN,
    RULESET_BRIDGES, /* this and what follows: in `ip berth` only */
    RULESET_QUARANTINE,
    RULESET_SETS
};

struct ruleset {
    struct nft *nft; /* borrowed */
    uint8_t family;  /* AF_INET or AF_INET6 */
    uint32_t mark;
    bool written;         /* 'fingerprint' counts */
    uint64_t fingerprint; /* of the table as it was written last */
};

struct ruleset_view {
    bool exists;
    bool intact;                        /* its rules are as we wrote them */
    struct elements sets[RULESET_SETS]; /* sorted */
};

/* Fills 'ret' (zeroed), which the caller gives to ruleset_view_done() in any case. */
int ruleset_look(const struct ruleset *r, struct ruleset_view *ret, struct err **err);

/* Reads the set quarantine alone, anew: its elements end by themselves. */
int ruleset_look_at_quarantine(const struct ruleset *r, struct ruleset_view *view,
                               struct err **err);

void ruleset_view_done(struct ruleset_view *view);

/* Was the table as we wrote it, and somebody has changed or deleted it before 'view'? */
bool ruleset_is_damaged(const struct ruleset *r, const struct ruleset_view *view);

/* Makes the table have the 'wanted' elements, sorted, and no other, and its rules. '*generation' is
 * the one before 'view' was taken, and moves on with what is committed. The error is nft_is_stale()
 * where anybody has changed a ruleset since. */
int ruleset_commit(struct ruleset *r, uint32_t *generation, const struct ruleset_view *view,
                   const struct elements wanted[RULESET_SETS], struct err **err);

#endif
