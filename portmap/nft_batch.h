/* One transaction: messages that nf_tables carries out together or not at all.
 *
 * The caller builds messages with libnftnl into the header that nft_batch_message() gives, and
 * calls nft_batch_end_message() after each. Nothing is sent before nft_batch_commit(). */
#ifndef PORTMAP_NFT_BATCH_H
#define PORTMAP_NFT_BATCH_H

#include <libmnl/libmnl.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/clean.h"
#include "lib/err.h"
#include "portmap/nft.h"

struct nft_batch {
    struct nft *nft; /* borrowed */
    uint8_t family;  /* of the messages that follow: AF_INET, unless the caller sets AF_INET6 */
    char *data;      /* owned */
    size_t len;
    size_t cap;
    size_t last;    /* offset of the newest message */
    uint32_t first; /* sequence number of the begin message */
    unsigned count; /* messages between begin and end */
};

/* Starts a transaction that the kernel refuses with ERESTART unless its generation is still
 * 'generation'. Ended by nft_batch_done(), committed or not. */
void nft_batch_init(struct nft_batch *b, struct nft *nft, uint32_t generation);

void nft_batch_done(struct nft_batch *b);

/* Starts a message of NFT_MSG_* 'type' for the batch's family. It may grow to 64 KiB. */
struct nlmsghdr *nft_batch_message(struct nft_batch *b, uint16_t type, uint16_t flags);

void nft_batch_end_message(struct nft_batch *b);

/* Carries the transaction out; an empty one is not sent. Error codes: ERESTART where the
 * generation has moved on, else what the kernel says to the first message it refuses. Nothing has
 * changed then, unless the answer was lost (ENOBUFS, EAGAIN). */
int nft_batch_commit(struct nft_batch *b, struct err **err);

static inline void clean_nft_batch(struct nft_batch *b)
{
    nft_batch_done(b);
}

#endif
