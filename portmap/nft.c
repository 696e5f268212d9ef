#include "portmap/nft.h"

#include <errno.h>
#include <libnftnl/common.h>
#include <libnftnl/gen.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/log.h"
#include "lib/xmalloc.h"

#ifndef ERESTART
#define ERESTART 85
#endif

#define BUFFER_SIZE 65536  /* bytes; the kernel's dumps come in pieces of 32 KiB at most */
#define ANSWER_SECONDS 5   /* only a lost answer takes that long */
#define SEND_DEFAULT 65536 /* bytes that fit the socket's send buffer whatever the sysctl says */

struct nft {
    struct mnl_socket *socket; /* NULL after a failed conversation */
    uint32_t seq;
    _Alignas(8) char buffer[BUFFER_SIZE]; /* first the request, then the answer */
};

struct query {
    uint32_t seq;
    void (*on_message)(void *arg, const struct nlmsghdr *message);
    void *arg;
    bool interrupted;
    int code; /* 0, or the errno value that the kernel answered */
};

static int refused(int code, struct err **err);
static int ready(struct nft *nft, struct err **err);
static int broken(struct nft *nft, int code, struct err **err, const char *what);
static void make_room(struct nft *nft, size_t len);
static bool on_query_answer(void *arg, const struct nlmsghdr *message);
static void on_generation(void *arg, const struct nlmsghdr *message);

struct nft *nft_new(struct err **err)
{
    struct nft *nft = xcalloc(1, sizeof *nft);
    uint32_t generation;

    nft->seq = (uint32_t)time(NULL);
    if (nft_generation(nft, &generation, err) < 0) {
        nft_free(nft);
        return NULL;
    }
    return nft;
}

void nft_free(struct nft *nft)
{
    if (!nft)
        return;
    if (nft->socket)
        mnl_socket_close(nft->socket);
    free(nft);
}

struct nlmsghdr *nft_request(struct nft *nft, uint16_t type, uint16_t flags)
{
    return nft_request_of(nft, AF_INET, type, flags);
}

/* NFPROTO_IPV4 and NFPROTO_IPV6 are the numbers of the address families. */
struct nlmsghdr *nft_request_of(struct nft *nft, uint8_t family, uint16_t type, uint16_t flags)
{
    if (flags != NLM_F_DUMP)
        flags |= NLM_F_ACK;
    return nftnl_nlmsg_build_hdr(nft->buffer, type, family, flags, nft_next_seq(nft));
}

int nft_query(struct nft *nft, struct nlmsghdr *request,
              void (*on_message)(void *arg, const struct nlmsghdr *message), void *arg,
              struct err **err)
{
    bool exists;

    if (nft_query_if_any(nft, request, on_message, arg, &exists, err) < 0)
        return -1;
    return exists ? 0 : refused(ENOENT, err);
}

int nft_query_if_any(struct nft *nft, struct nlmsghdr *request,
                     void (*on_message)(void *arg, const struct nlmsghdr *message), void *arg,
                     bool *ret_exists, struct err **err)
{
    struct query q = {.seq = request->nlmsg_seq, .on_message = on_message, .arg = arg};

    if (nft_talk(nft, request, request->nlmsg_len, on_query_answer, &q, err) < 0)
        return -1;
    if (q.code && q.code != ENOENT)
        return refused(q.code, err);
    if (q.interrupted)
        return err_set_errno(err, EINTR, "nf_tables changed while it was read");
    *ret_exists = !q.code;
    return 0;
}

int nft_talk(struct nft *nft, const void *request, size_t len,
             bool (*on_answer)(void *arg, const struct nlmsghdr *message), void *arg,
             struct err **err)
{
    if (ready(nft, err) < 0)
        return -1;
    make_room(nft, len);
    if (mnl_socket_sendto(nft->socket, request, len) < 0)
        return broken(nft, errno, err, "cannot send to nf_tables");
    for (;;) {
        ssize_t n = mnl_socket_recvfrom(nft->socket, nft->buffer, sizeof nft->buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return broken(nft, errno, err, "cannot read nf_tables' answer");
        int left = (int)n;
        for (struct nlmsghdr *h = (struct nlmsghdr *)nft->buffer; mnl_nlmsg_ok(h, left);
             h = mnl_nlmsg_next(h, &left))
            if (on_answer(arg, h))
                return 0;
    }
}

uint32_t nft_next_seq(struct nft *nft)
{
    return nft->seq++;
}

uint32_t nft_port(const struct nft *nft)
{
    return nft->socket ? mnl_socket_get_portid(nft->socket) : 0;
}

int nft_generation(struct nft *nft, uint32_t *ret, struct err **err)
{
    struct nlmsghdr *request = nft_request(nft, NFT_MSG_GETGEN, 0);
    uint32_t generation = 0;

    if (nft_query(nft, request, on_generation, &generation, err) < 0)
        return -1;
    *ret = generation;
    return 0;
}

const char *nft_family_name(uint8_t family)
{
    return family == AF_INET6 ? "ip6" : "ip";
}

bool nft_is_stale(const struct err *err)
{
    return err_code(err) == EINTR || err_code(err) == ERESTART;
}

bool nft_is_passing(const struct err *err)
{
    return nft_is_stale(err) || err_code(err) == ENOBUFS || err_code(err) == EAGAIN;
}

void *nft_must(void *p)
{
    if (!p) {
        log_err("portmap", "out of memory");
        abort();
    }
    return p;
}

static int refused(int code, struct err **err)
{
    return err_set_errno(err, code, "nf_tables does not answer the question");
}

static int ready(struct nft *nft, struct err **err)
{
    struct timeval limit = {.tv_sec = ANSWER_SECONDS};
    int on = 1;

    if (nft->socket)
        return 0;
    nft->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
    if (!nft->socket)
        return err_set_errno(err, errno, "cannot open a netlink socket");
    int fd = mnl_socket_get_fd(nft->socket);
    /* Errors without an echo of the request, which may have a megabyte. */
    if (mnl_socket_bind(nft->socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
        setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) < 0)
        return broken(nft, errno, err, "cannot prepare a netlink socket");
    return 0;
}

static int broken(struct nft *nft, int code, struct err **err, const char *what)
{
    if (nft->socket)
        mnl_socket_close(nft->socket);
    nft->socket = NULL;
    return err_set_errno(err, code, "%s", what);
}

/* A transaction goes out in one piece. Where it is refused for its size, sending says so. */
static void make_room(struct nft *nft, size_t len)
{
    int size = (int)len + 4096;

    if (len > SEND_DEFAULT)
        setsockopt(mnl_socket_get_fd(nft->socket), SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
}

static bool on_query_answer(void *arg, const struct nlmsghdr *message)
{
    struct query *q = arg;

    if (message->nlmsg_seq != q->seq)
        return false;
    if (message->nlmsg_flags & NLM_F_DUMP_INTR)
        q->interrupted = true;
    if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR) {
        /* Either begins with an int: 0, or a negative errno value. */
        const int *code = mnl_nlmsg_get_payload(message);

        q->code = *code < 0 ? -*code : 0;
        return true;
    }
    if (q->on_message)
        q->on_message(q->arg, message);
    return false;
}

static void on_generation(void *arg, const struct nlmsghdr *message)
{
    struct nftnl_gen *gen = nft_must(nftnl_gen_alloc());

    if (nftnl_gen_nlmsg_parse(message, gen) >= 0)
        *(uint32_t *)arg = nftnl_gen_get_u32(gen, NFTNL_GEN_ID);
    nftnl_gen_free(gen);
}
