/* Elements of a map or set of one of our tables: read from the kernel, and put into a transaction.
 */
#ifndef PORTMAP_NFT_ELEMS_H
#define PORTMAP_NFT_ELEMS_H

#include "lib/err.h"
#include "portmap/element.h"
#include "portmap/nft.h"
#include "portmap/nft_batch.h"

/* More elements than that in one set are not read: 65535 ports of three protocols. */
#define NFT_ELEMS_MAX 196605

/* Adds the elements of 'set' in our table of 'family' to 'ret' and sorts it. A set that is missing
 * has none. */
int nft_elems_dump(struct nft *nft, uint8_t family, const char *set, struct elements *ret,
                   struct err **err);

/* Adds to 'b', for the table of its family, what makes 'actual' into 'wanted', both sorted: first
 * what goes, then what comes. A changed element goes and comes. */
void nft_elems_diff(struct nft_batch *b, const char *set, const struct elements *wanted,
                    const struct elements *actual);

#endif
