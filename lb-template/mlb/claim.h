/* What only one app can have: a port, the name of a backend, the name of an ACL.
 *
 * The lowest id has it, whoever came first; the others are served without it, and reported. An app
 * that HAProxy refuses claims nothing. Pure. */
#ifndef LB_TEMPLATE_MLB_CLAIM_H
#define LB_TEMPLATE_MLB_CLAIM_H

#include "lb-template/mlb/unit.h"
#include "lib/portset.h"

/* Gives the ports of the 'n' 'units', sorted by id, their numbers and names, and marks as stale
 * whom this makes different. 'reserved' are ports of the shared frontends. */
void mlb_claims_settle(struct mlb_unit **units, size_t n, const struct mlb_options *options,
                       const struct portset *reserved, struct problems *problems);

#endif
