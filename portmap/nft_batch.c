#include "portmap/nft_batch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libnftnl/common.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "lib/xmalloc.h"

#define MESSAGE_MAX                                                                                \
    (128 * 1024) /* bytes: an attribute has 64 KiB at most, and what is around it                  \
                  */

struct outcome {
    uint32_t first, last; /* sequence numbers */
    uint32_t culprit;     /* of the message that was refused */
    int code;             /* 0, or its errno value */
};

static void make_room(struct nft_batch *b, size_t len);
static bool on_answer(void *arg, const struct nlmsghdr *message);
static int refused(const struct outcome *o, unsigned count, struct err **err);

void nft_batch_init(struct nft_batch *b, struct nft *nft, uint32_t generation)
{
    *b = (struct nft_batch){.nft = nft, .family = AF_INET, .first = nft_next_seq(nft)};
    make_room(b, MESSAGE_MAX);
    struct nlmsghdr *begin = nftnl_batch_begin(b->data, b->first);
    mnl_attr_put_u32(begin, NFNL_BATCH_GENID, htonl(generation));
    b->len = NLMSG_ALIGN(begin->nlmsg_len);
}

void nft_batch_done(struct nft_batch *b)
{
    free(b->data);
    *b = (struct nft_batch){0};
}

struct nlmsghdr *nft_batch_message(struct nft_batch *b, uint16_t type, uint16_t flags)
{
    make_room(b, MESSAGE_MAX);
    b->last = b->len;
    b->count++;
    return nftnl_nlmsg_build_hdr(b->data + b->len, type, b->family, flags, nft_next_seq(b->nft));
}

void nft_batch_end_message(struct nft_batch *b)
{
    const struct nlmsghdr *message = (const struct nlmsghdr *)(b->data + b->last);

    b->len = b->last + NLMSG_ALIGN(message->nlmsg_len);
}

int nft_batch_commit(struct nft_batch *b, struct err **err)
{
    struct outcome o = {.first = b->first, .last = b->first + b->count};

    if (!b->count)
        return 0;
    make_room(b, MESSAGE_MAX);
    /* An answer to each message could overflow the receive queue. */
    ((struct nlmsghdr *)(b->data + b->last))->nlmsg_flags |= NLM_F_ACK;
    struct nlmsghdr *end = nftnl_batch_end(b->data + b->len, nft_next_seq(b->nft));
    size_t len = b->len + NLMSG_ALIGN(end->nlmsg_len);
    if (nft_talk(b->nft, b->data, len, on_answer, &o, err) < 0)
        return err_wrap(err, "cannot program nf_tables");
    return o.code ? refused(&o, b->count, err) : 0;
}

/* Of a transaction as a whole, only the right to change anything is refused; of a message, the
 * right to a table. */
static int refused(const struct outcome *o, unsigned count, struct err **err)
{
    unsigned at = o->culprit - o->first;

    err_set_errno(err, o->code, "nf_tables refuses message %u of %u", at, count);
    if (o->code == EPERM)
        err_wrap(err, at ? "another process owns the table (`nft list ruleset` names it)"
                         : "CAP_NET_ADMIN is missing");
    return -1;
}

static void make_room(struct nft_batch *b, size_t len)
{
    while (b->len + len > b->cap) {
        b->cap = b->cap ? b->cap * 2 : 2 * MESSAGE_MAX;
        b->data = xreallocarray(b->data, b->cap, 1);
    }
}

/* A refused message answers whatever its flags, and the last one is acknowledged even where an
 * earlier one was refused: the first error counts. An error of the whole transaction answers to the
 * begin message, and nothing follows. */
static bool on_answer(void *arg, const struct nlmsghdr *message)
{
    struct outcome *o = arg;

    if (message->nlmsg_type != NLMSG_ERROR || message->nlmsg_seq - o->first > o->last - o->first)
        return false;
    const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);
    if (error->error && !o->code) {
        o->code = -error->error;
        o->culprit = message->nlmsg_seq;
    }
    return message->nlmsg_seq == o->last || (error->error && message->nlmsg_seq == o->first);
}
