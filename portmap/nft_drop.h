/* The end of our tables. */
#ifndef PORTMAP_NFT_DROP_H
#define PORTMAP_NFT_DROP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "portmap/nft.h"

/* Deletes the table NFT_TABLE of 'family' (NFPROTO_IPV4, NFPROTO_IPV6) with everything in it; with
 * 'dry_run' only looks. '*ret_there': it was there. */
int nft_table_drop(struct nft *nft, uint8_t family, bool dry_run, bool *ret_there,
                   struct err **err);

#endif
