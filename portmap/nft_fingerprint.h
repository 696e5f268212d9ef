/* Is one of our tables still as it was written? A number that says so. */
#ifndef PORTMAP_NFT_FINGERPRINT_H
#define PORTMAP_NFT_FINGERPRINT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "portmap/nft.h"

/* A number for our table of 'family' as the kernel has it, elements aside: it changes when somebody
 * changes, deletes or restores a set, a chain or a rule. '*ret_exists': there is such a table. */
int nft_fingerprint(struct nft *nft, uint8_t family, uint64_t *ret, bool *ret_exists,
                    struct err **err);

#endif
