/* The one rule that berth keeps in Docker's chain DOCKER-USER.
 *
 * Docker may set the policy of FORWARD to DROP, and its isolation chains drop what goes from one
 * bridge to another. DOCKER-USER comes before both and is the place Docker gives to others. Our
 * rule there accepts connections that carry our mark. It is written the way iptables-nft itself
 * writes it: a rule of nftables' own kind in this chain would stop iptables, and with it dockerd.
 */
#ifndef PORTMAP_DOCKER_USER_H
#define PORTMAP_DOCKER_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "portmap/nft.h"

enum docker_user {
    DOCKER_USER_NO_CHAIN, /* there is no such chain in `ip filter` */
    DOCKER_USER_IN_PLACE, /* the rule was where it belongs */
    DOCKER_USER_WRITTEN,  /* ... and is so now */
};

#define DOCKER_USER_CHAIN "DOCKER-USER"
#define DOCKER_USER_COMMENT "berth" /* the mark of our rule */

/* Sees to it that the rule is the first of DOCKER-USER in `ip filter`, and there once. Without that
 * chain there is nothing to do; portmap/legacy_rule.h sees to the legacy backend of iptables, which
 * nf_tables does not reach. The error code may be nft_is_stale(). */
int docker_user_ensure(struct nft *nft, uint32_t mark, enum docker_user *ret_state,
                       struct err **err);

/* Removes every rule of ours from DOCKER-USER in `ip filter`, whatever mark it has; with 'dry_run'
 * only counts them. The error code may be nft_is_stale(). */
int docker_user_remove(struct nft *nft, bool dry_run, size_t *ret_n, struct err **err);

/* The same for IPv6. Docker before 27 gives others no chain there: where `ip6 filter` has no
 * DOCKER-USER, the rule is the first of FORWARD, and only where the policy of that is DROP. */
int docker_user_ensure6(struct nft *nft, uint32_t mark, enum docker_user *ret_state,
                        struct err **err);

#endif
