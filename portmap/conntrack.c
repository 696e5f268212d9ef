#include "portmap/conntrack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

#define MESSAGE_MAX 512  /* bytes; an IPv6 tuple with id and zone takes about 110 */
#define SEND_MAX 32768   /* bytes in one piece */
#define DUMP_TRIES_MAX 3 /* the table of a busy host changes all the time */

struct flush {
    struct nft *nft;
    const struct flow_ports *ports;
    const struct mapping *v;
    size_t n;
    uint32_t mark;
    char *data; /* the deletions, one message after the other; owned */
    size_t len, cap;
    size_t count; /* stale connections met */
};

/* An answer that is waited for. */
struct answer {
    uint32_t seq;
    int code;
};

static int look(struct flush *f, struct err **err);
static void on_flow(void *arg, const struct nlmsghdr *message);
static void add_deletion(struct flush *f, const struct nlmsghdr *message, const struct flow *flow);
static void put_copy(struct nlmsghdr *h, const struct nlmsghdr *from, size_t at, size_t len);
static struct nlmsghdr *put_header(void *at, uint16_t type, uint16_t flags, uint8_t family,
                                   uint32_t seq);
static int delete_all(struct flush *f, struct err **err);
static int send_piece(struct flush *f, size_t from, size_t to, size_t last, struct err **err);
static bool on_answer(void *arg, const struct nlmsghdr *message);

int conntrack_flush(struct nft *nft, const struct flow_ports *ports, const struct mapping *v,
                    size_t n, uint32_t mark, size_t *ret_n, bool *ret_all, struct err **err)
{
    struct flush f = {.nft = nft, .ports = ports, .v = v, .n = n, .mark = mark};
    int r = look(&f, err);

    if (!r)
        r = delete_all(&f, err);
    free(f.data);
    if (r < 0)
        return err_wrap(err, "conntrack");
    *ret_n = f.count;
    *ret_all = f.count <= CONNTRACK_FLUSH_MAX;
    return 0;
}

/* Connections that come and go during the dump do not matter: new ones follow the new map. */
static int look(struct flush *f, struct err **err)
{
    for (int i = 1;; i++) {
        _Alignas(8) char request[64];
        struct err *failed = NULL;
        bool exists;

        f->len = f->count = 0;
        struct nlmsghdr *h =
            put_header(request, IPCTNL_MSG_CT_GET, NLM_F_DUMP, AF_UNSPEC, nft_next_seq(f->nft));
        if (!nft_query_if_any(f->nft, h, on_flow, f, &exists, &failed))
            return 0;
        if (i < DUMP_TRIES_MAX && err_code(failed) == EINTR) {
            err_free(failed);
            continue;
        }
        *err = failed;
        return -1;
    }
}

static void on_flow(void *arg, const struct nlmsghdr *message)
{
    struct flush *f = arg;
    struct flow flow;

    if (flow_parse(message, message->nlmsg_len, &flow) ||
        !flow_is_stale(&flow, f->ports, f->v, f->n, f->mark) ||
        flow.tuple_len + flow.id_len + flow.zone_len > MESSAGE_MAX / 2)
        return;
    if (f->count++ < CONNTRACK_FLUSH_MAX)
        add_deletion(f, message, &flow);
}

/* By tuple and id, in the kernel's own words: another connection that has taken the same tuple
 * meanwhile is spared. */
static void add_deletion(struct flush *f, const struct nlmsghdr *message, const struct flow *flow)
{
    while (f->len + MESSAGE_MAX > f->cap) {
        f->cap = f->cap ? f->cap * 2 : 16 * MESSAGE_MAX;
        f->data = xreallocarray(f->data, f->cap, 1);
    }
    struct nlmsghdr *h = put_header(f->data + f->len, IPCTNL_MSG_CT_DELETE, 0,
                                    flow->host_addr.family, nft_next_seq(f->nft));
    put_copy(h, message, flow->tuple, flow->tuple_len);
    put_copy(h, message, flow->id, flow->id_len);
    put_copy(h, message, flow->zone, flow->zone_len);
    f->len += NLMSG_ALIGN(h->nlmsg_len);
}

static void put_copy(struct nlmsghdr *h, const struct nlmsghdr *from, size_t at, size_t len)
{
    char *tail = mnl_nlmsg_get_payload_tail(h);

    if (!len)
        return;
    memset(tail, 0, MNL_ALIGN(len));
    memcpy(tail, (const char *)from + at, len);
    h->nlmsg_len += (uint32_t)MNL_ALIGN(len);
}

static struct nlmsghdr *put_header(void *at, uint16_t type, uint16_t flags, uint8_t family,
                                   uint32_t seq)
{
    struct nlmsghdr *h = mnl_nlmsg_put_header(at);

    h->nlmsg_type = (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | type);
    h->nlmsg_flags = NLM_F_REQUEST | flags;
    h->nlmsg_seq = seq;
    struct nfgenmsg *general = mnl_nlmsg_put_extra_header(h, sizeof *general);
    general->nfgen_family = family;
    general->version = NFNETLINK_V0;
    return h;
}

/* In pieces that the socket takes; each piece ends with a message that is answered. */
static int delete_all(struct flush *f, struct err **err)
{
    size_t from = 0, last = 0;

    for (size_t at = 0; at < f->len;) {
        const struct nlmsghdr *h = (const struct nlmsghdr *)(f->data + at);

        last = at;
        at += NLMSG_ALIGN(h->nlmsg_len);
        if (at < f->len && at - from < SEND_MAX)
            continue;
        if (send_piece(f, from, at, last, err) < 0)
            return -1;
        from = at;
    }
    return 0;
}

static int send_piece(struct flush *f, size_t from, size_t to, size_t last, struct err **err)
{
    struct nlmsghdr *h = (struct nlmsghdr *)(f->data + last);
    struct answer answer = {.seq = h->nlmsg_seq};

    h->nlmsg_flags |= NLM_F_ACK;
    if (nft_talk(f->nft, f->data + from, to - from, on_answer, &answer, err) < 0)
        return -1;
    if (answer.code)
        return err_set_errno(err, answer.code, "cannot delete a connection");
    return 0;
}

/* A connection that is gone already answers ENOENT. */
static bool on_answer(void *arg, const struct nlmsghdr *message)
{
    struct answer *a = arg;

    if (message->nlmsg_type != NLMSG_ERROR)
        return false;
    const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);
    if (error->error && error->error != -ENOENT)
        a->code = -error->error;
    return message->nlmsg_seq == a->seq;
}
