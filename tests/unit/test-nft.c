/* The conversation with nf_tables, with a kernel that misbehaves by a script.
 *
 * This program has the functions of libmnl's sockets itself, so the linker leaves libmnl's out. */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "portmap/nft.h"
#include "portmap/nft_batch.h"
#include "tests/tap.h"

#ifndef ERESTART
#define ERESTART 85
#endif

#define GENERATION 7

/* What one receive gives. */
enum step {
    END,      /* nothing more is scripted: the test is wrong */
    FAIL,     /* 'code' is its errno */
    ACK,      /* to message 'at' of the request; 'code' is its errno or 0 */
    LATE_ACK, /* the same to a request of before */
    ITEM,     /* a piece of a dump */
    ITEM_INTERRUPTED,
    DONE,
    GEN, /* the generation, and an acknowledgement */
};

struct play {
    enum step step;
    int code;
    unsigned at;
};

static struct {
    const struct play *next;
    int send_code; /* errno of the next sending, or 0 */
    uint32_t seq;  /* of the request's first message */
    unsigned opened, closed, sent;
} script;

static char the_socket;

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
    (void)bus;
    (void)flags;
    script.opened++;
    return (struct mnl_socket *)&the_socket;
}

int mnl_socket_close(struct mnl_socket *s)
{
    (void)s;
    script.closed++;
    return 0;
}

int mnl_socket_bind(struct mnl_socket *s, unsigned groups, pid_t pid)
{
    (void)s;
    (void)groups;
    (void)pid;
    return 0;
}

int mnl_socket_get_fd(const struct mnl_socket *s)
{
    (void)s;
    return -1;
}

unsigned mnl_socket_get_portid(const struct mnl_socket *s)
{
    (void)s;
    return 4711;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    (void)fd;
    (void)level;
    (void)name;
    (void)value;
    (void)len;
    return 0;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *s, const void *request, size_t len)
{
    (void)s;
    script.sent++;
    if (script.send_code) {
        errno = script.send_code;
        script.send_code = 0;
        return -1;
    }
    script.seq = ((const struct nlmsghdr *)request)->nlmsg_seq;
    return (ssize_t)len;
}

static size_t put_ack(char *buffer, uint32_t seq, int code)
{
    struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);
    struct nlmsgerr *e = mnl_nlmsg_put_extra_header(h, sizeof *e);

    h->nlmsg_type = NLMSG_ERROR;
    h->nlmsg_seq = seq;
    e->error = -code;
    return h->nlmsg_len;
}

static size_t put_message(char *buffer, uint16_t type, uint16_t flags, bool generation)
{
    struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);

    h->nlmsg_type = type;
    h->nlmsg_flags = flags;
    h->nlmsg_seq = script.seq;
    mnl_nlmsg_put_extra_header(h, sizeof(struct nfgenmsg));
    if (generation)
        mnl_attr_put_u32(h, NFTA_GEN_ID, htonl(GENERATION));
    return h->nlmsg_len;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *s, void *buffer, size_t size)
{
    const struct play *p = script.next++;
    const uint16_t subsystem = NFNL_SUBSYS_NFTABLES << 8;
    size_t len = 0;

    (void)s;
    memset(buffer, 0, size < 512 ? size : 512);
    switch (p->step) {
    case END:
        script.next--;
        errno = EBADF;
        return -1;
    case FAIL:
        errno = p->code;
        return -1;
    case ACK:
        return (ssize_t)put_ack(buffer, script.seq + p->at, p->code);
    case LATE_ACK:
        return (ssize_t)put_ack(buffer, script.seq - 1, p->code);
    case ITEM:
    case ITEM_INTERRUPTED:
        return (ssize_t)put_message(
            buffer, subsystem | NFT_MSG_NEWCHAIN,
            (uint16_t)(NLM_F_MULTI | (p->step == ITEM ? 0 : NLM_F_DUMP_INTR)), false);
    case DONE:
        return (ssize_t)put_message(buffer, NLMSG_DONE, NLM_F_MULTI, false);
    case GEN:
        len = put_message(buffer, subsystem | NFT_MSG_NEWGEN, 0, true);
        return (ssize_t)(len + put_ack((char *)buffer + len, script.seq, 0));
    }
    return -1;
}

static const struct play greeting[] = {{.step = GEN}, {.step = END}};

/* A conversation that has begun well; 'plays' comes next. */
static struct nft *begin(const struct play *plays)
{
    memset(&script, 0, sizeof script);
    script.next = greeting;
    struct nft *nft = nft_new(NULL);
    script.next = plays;
    return nft;
}

static void count(void *arg, const struct nlmsghdr *message)
{
    (void)message;
    ++*(int *)arg;
}

/* Codes of a dump: 0, or what the error says. */
static void test_dump(void)
{
    static const struct {
        struct play plays[5];
        int code, items;
        bool stale, anew;
        const char *name;
    } rows[] = {
        {{{.step = ITEM}, {.step = ITEM}, {.step = DONE}}, 0, 2, false, false, "a dump"},
        {{{.step = ITEM}, {.step = ITEM_INTERRUPTED}, {.step = ITEM}, {.step = DONE}},
         EINTR,
         3,
         true,
         false,
         "a dump that a change interrupts"},
        {{{FAIL, EINTR, 0}, {.step = ITEM}, {FAIL, EINTR, 0}, {.step = DONE}},
         0,
         1,
         false,
         false,
         "a signal"},
        {{{.step = ITEM}, {FAIL, ENOBUFS, 0}}, ENOBUFS, 1, false, true, "a lost answer"},
        {{{FAIL, EAGAIN, 0}}, EAGAIN, 0, false, true, "no answer in time"},
        {{{ACK, EPERM, 0}}, EPERM, 0, false, false, "no right to ask"},
        {{{ACK, ENOENT, 0}}, ENOENT, 0, false, false, "no such thing"},
        {{{LATE_ACK, EPERM, 0}, {.step = ITEM}, {.step = DONE}},
         0,
         1,
         false,
         false,
         "an answer to a question of before"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct nft *nft = begin(rows[i].plays);
        CLEAN(err) struct err *err = NULL;
        int items = 0;
        uint32_t generation = 0;

        int r = nft_query(nft, nft_request(nft, NFT_MSG_GETCHAIN, NLM_F_DUMP), count, &items, &err);
        is_int(r < 0 ? err_code(err) : 0, rows[i].code, "%s", rows[i].name);
        is_int(items, rows[i].items, "the messages until then are passed on");
        is_int(nft_is_stale(err), rows[i].stale, "is it worth another look?");
        is_int(script.closed, rows[i].anew, "is the socket given up?");
        script.next = greeting;
        is_int(nft_generation(nft, &generation, NULL), 0, "the next question is answered");
        is_int(generation, GENERATION, "rightly");
        nft_free(nft);
        is_int(script.closed, script.opened, "every socket is closed");
    }
}

static int commit(struct nft *nft, uint32_t messages, struct err **err)
{
    CLEAN(nft_batch) struct nft_batch b;

    nft_batch_init(&b, nft, GENERATION);
    for (uint32_t i = 0; i < messages; i++) {
        nft_batch_message(&b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
        nft_batch_end_message(&b);
    }
    return nft_batch_commit(&b, err);
}

/* A transaction of three messages, 1 to 3; its begin message is 0. */
static void test_transaction(void)
{
    static const struct {
        struct play plays[4];
        int code;
        bool stale, anew;
        const char *wanted, *name;
    } rows[] = {
        {{{ACK, 0, 3}}, 0, false, false, NULL, "a transaction"},
        {{{ACK, ERESTART, 0}},
         ERESTART,
         true,
         false,
         "nf_tables refuses message 0 of 3: Interrupted system call should be restarted",
         "a generation of before"},
        {{{ACK, EPERM, 0}},
         EPERM,
         false,
         false,
         "CAP_NET_ADMIN is missing: nf_tables refuses message 0 of 3: Operation not permitted",
         "no right to change anything"},
        {{{ACK, EPERM, 1}, {ACK, 0, 3}},
         EPERM,
         false,
         false,
         "another process owns the table (`nft list ruleset` names it): nf_tables refuses message "
         "1 of 3: Operation not permitted",
         "no right to this table"},
        {{{ACK, ENOENT, 2}, {ACK, 0, 3}},
         ENOENT,
         false,
         false,
         "nf_tables refuses message 2 of 3: No such file or directory",
         "the table was deleted: the last acknowledgement does not count"},
        {{{ACK, EEXIST, 1}, {ACK, ENOENT, 2}, {ACK, 0, 3}},
         EEXIST,
         false,
         false,
         "nf_tables refuses message 1 of 3: File exists",
         "the first error counts"},
        {{{FAIL, ENOBUFS, 0}},
         ENOBUFS,
         false,
         true,
         "cannot program nf_tables: cannot read nf_tables' answer: No buffer space available",
         "a lost answer: nobody knows what happened"},
        {{{FAIL, EAGAIN, 0}},
         EAGAIN,
         false,
         true,
         "cannot program nf_tables: cannot read nf_tables' answer: Resource temporarily "
         "unavailable",
         "no answer in time"},
        {{{LATE_ACK, EPERM, 0}, {FAIL, EINTR, 0}, {ACK, 0, 3}},
         0,
         false,
         false,
         NULL,
         "an answer to a transaction of before, and a signal"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct nft *nft = begin(rows[i].plays);
        CLEAN(err) struct err *err = NULL;

        int r = commit(nft, 3, &err);
        is_int(r < 0 ? err_code(err) : 0, rows[i].code, "%s", rows[i].name);
        is_str(err ? err_msg(err) : NULL, rows[i].wanted, "and what is said of it");
        is_int(nft_is_stale(err), rows[i].stale, "is it worth another look?");
        is_int(nft_is_passing(err), rows[i].stale || rows[i].anew, "or another try?");
        is_int(script.closed, rows[i].anew, "is the socket given up?");
        nft_free(nft);
    }
}

static void test_sending(void)
{
    static const int codes[] = {EMSGSIZE, ENOBUFS, EAGAIN, ECONNREFUSED};
    static const struct play good[] = {{ACK, 0, 1}, {.step = END}};

    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        struct nft *nft = begin(good);
        CLEAN(err) struct err *err = NULL;

        script.send_code = codes[i];
        is_int(commit(nft, 1, &err), -1, "it cannot be sent");
        is_int(err_code(err), codes[i], "and the error says so");
        is_int(commit(nft, 1, NULL), 0, "the next one is sent by another socket");
        is_int(script.opened, 2, "one more");
        is_int(script.sent, 3, "a greeting and two transactions");
        nft_free(nft);
    }
}

static void test_nothing(void)
{
    static const struct play none[] = {{.step = END}};
    struct nft *nft = begin(none);

    is_int(commit(nft, 0, NULL), 0, "an empty transaction is good");
    is_int(script.sent, 1, "and not sent");
    is_int(nft_port(nft), 4711, "the conversation has a port");
    nft_free(nft);

    memset(&script, 0, sizeof script);
    script.next = none;
    CLEAN(err) struct err *err = NULL;
    ok(!nft_new(&err), "a kernel that does not answer is none");
    ok(err_code(err) == EBADF, "and the error is passed on");
}

int main(void)
{
    test_dump();
    test_transaction();
    test_sending();
    test_nothing();
    return tap_done();
}
