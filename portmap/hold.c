#include "portmap/hold.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clean.h"
#include "lib/portset.h"
#include "lib/search.h"
#include "lib/xmalloc.h"

#define FILES_ELSE 128 /* descriptors */

struct hold {
    uint8_t protocol;
    uint16_t port;
    struct ipaddr addr; /* 0.0.0.0: every address, of IPv6, too */
    int fd;             /* -1: none */
};

struct holds {
    struct hold *v; /* sorted as mappings are by key */
    size_t n;
    size_t cap;
    struct portset everywhere[3]; /* ports held at every address: TCP, UDP, any other protocol */
};

static bool is_held_everywhere(const struct holds *h, const struct mapping *m);
static size_t index_of(uint8_t protocol);
static void insert(struct holds *h, const struct hold *hold, size_t at);
static size_t find(const struct holds *h, const struct mapping *m, bool *ret_found);
static size_t drop_excluded(struct holds *h, const struct mapping *m, size_t at);
static bool is_of_port(const struct hold *hold, const struct mapping *m);
static int compare_place(const void *key, const void *member);
static struct mapping key_of(const struct hold *hold);
static int open_hold(struct hold *hold);
static int hold4(const struct hold *hold);
static int hold6(const struct hold *hold);
static int open_deaf(int family, const struct hold *hold);
static bool has_room(int fd);
static int drop_all(int fd);
static bool is_everywhere(const struct hold *hold);
static void close_hold(struct holds *h, const struct hold *hold);

struct holds *holds_new(void)
{
    return xcalloc(1, sizeof(struct holds));
}

void holds_free(struct holds *h)
{
    if (!h)
        return;
    for (size_t i = 0; i < h->n; i++)
        close_hold(h, &h->v[i]);
    free(h->v);
    free(h);
}

int holds_take(struct holds *h, const struct mapping *m)
{
    struct hold hold = {.protocol = m->protocol, .port = m->host_port, .addr = m->host_addr};
    bool found;

    if (is_held_everywhere(h, m))
        return 0;
    size_t at = find(h, m, &found);
    if (found)
        return 0;
    at = drop_excluded(h, m, at);
    int code = open_hold(&hold);
    if (code)
        return code;
    insert(h, &hold, at);
    return 0;
}

void holds_keep_only(struct holds *h, const struct mapping *v, size_t n,
                     const struct quarantine *resting)
{
    size_t kept = 0, m = 0;

    for (size_t i = 0; i < h->n; i++) {
        const struct hold *hold = &h->v[i];

        while (m < n && compare_place(&v[m], hold) < 0)
            m++;
        if ((m < n && !compare_place(&v[m], hold)) ||
            quarantine_find(resting, hold->protocol, hold->port))
            h->v[kept++] = *hold;
        else
            close_hold(h, &h->v[i]);
    }
    h->n = kept;
}

size_t holds_count(const struct holds *h)
{
    return h->n;
}

bool hold_knows_sctp(void)
{
    CLEAN(close_fd) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP);

    return fd >= 0;
}

/* Each pass asks for every port that is held: no search for those. */
static bool is_held_everywhere(const struct holds *h, const struct mapping *m)
{
    return mapping_is_everywhere(m) &&
           portset_has(&h->everywhere[index_of(m->protocol)], m->host_port);
}

static size_t index_of(uint8_t protocol)
{
    return protocol == IPPROTO_TCP ? 0 : protocol == IPPROTO_UDP ? 1 : 2;
}

static void insert(struct holds *h, const struct hold *hold, size_t at)
{
    h->v = xgrow(h->v, h->n, &h->cap, sizeof *h->v);
    memmove(&h->v[at + 1], &h->v[at], (h->n - at) * sizeof *h->v);
    h->v[at] = *hold;
    h->n++;
    if (is_everywhere(hold))
        portset_add(&h->everywhere[index_of(hold->protocol)], hold->port, hold->port);
}

/* The port decides nearly always: a search over many is to touch little memory. */
static int compare_place(const void *key, const void *member)
{
    const struct mapping *m = key;
    const struct hold *hold = member;
    uint32_t wanted = (uint32_t)m->protocol << 16 | m->host_port;
    uint32_t there = (uint32_t)hold->protocol << 16 | hold->port;

    if (wanted != there)
        return wanted < there ? -1 : 1;
    struct mapping holder = key_of(hold);
    return mapping_cmp_key(m, &holder);
}

/* The place of the hold for 'm', or where it would be inserted. */
static size_t find(const struct holds *h, const struct mapping *m, bool *ret_found)
{
    return search_sorted(h->v, h->n, sizeof *h->v, m, compare_place, ret_found);
}

/* A port that rests is held everywhere after a restart, and may come back to one address. Whoever
 * asks has made sure that no mapping needs the old hold. Returns the place for 'm', which was
 * 'at'. */
static size_t drop_excluded(struct holds *h, const struct mapping *m, size_t at)
{
    size_t first = at, end = at;
    bool found;

    while (first && is_of_port(&h->v[first - 1], m))
        first--;
    while (end < h->n && is_of_port(&h->v[end], m))
        end++;
    size_t kept = first;
    for (size_t i = first; i < end; i++) {
        struct mapping key = key_of(&h->v[i]);

        if (mapping_excludes(&key, m))
            close_hold(h, &h->v[i]);
        else
            h->v[kept++] = h->v[i];
    }
    if (h->n > end)
        memmove(&h->v[kept], &h->v[end], (h->n - end) * sizeof *h->v);
    h->n -= end - kept;
    return find(h, m, &found);
}

static bool is_of_port(const struct hold *hold, const struct mapping *m)
{
    return hold->protocol == m->protocol && hold->port == m->host_port;
}

static struct mapping key_of(const struct hold *hold)
{
    return (struct mapping){
        .protocol = hold->protocol, .host_port = hold->port, .host_addr = hold->addr};
}

/* Returns 0 or an errno value. One socket of IPv6 serves both families; a host without IPv6 has
 * nobody to hold it against there. */
static int open_hold(struct hold *hold)
{
    if (is_everywhere(hold)) {
        hold->fd = hold6(hold);
        if (hold->fd < 0 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
            hold->fd = hold4(hold);
    } else {
        hold->fd = hold->addr.family == AF_INET6 ? hold6(hold) : hold4(hold);
    }
    if (hold->fd >= 0 || (errno == EPROTONOSUPPORT && hold->protocol == IPPROTO_SCTP))
        return 0;
    return errno;
}

static int hold4(const struct hold *hold)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(hold->port)};
    CLEAN(close_fd) int fd = open_deaf(AF_INET, hold);

    memcpy(&addr.sin_addr, hold->addr.b, sizeof addr.sin_addr);
    if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof addr) < 0)
        return -1;
    int held = fd;
    fd = -1;
    return held;
}

static int hold6(const struct hold *hold)
{
    struct sockaddr_in6 addr = {.sin6_family = AF_INET6, .sin6_port = htons(hold->port)};
    CLEAN(close_fd) int fd = open_deaf(AF_INET6, hold);
    int only6 = hold->addr.family == AF_INET6;

    if (only6)
        memcpy(&addr.sin6_addr, hold->addr.b, sizeof addr.sin6_addr);
    if (fd < 0 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only6, sizeof only6) < 0 ||
        bind(fd, (struct sockaddr *)&addr, sizeof addr) < 0)
        return -1;
    int held = fd;
    fd = -1;
    return held;
}

/* No SO_REUSEADDR and no SO_REUSEPORT: either would let another program bind beside us. */
static int open_deaf(int family, const struct hold *hold)
{
    bool udp = hold->protocol == IPPROTO_UDP;
    int type = (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
    CLEAN(close_fd) int fd = socket(family, type, hold->protocol);

    if (fd < 0 || (udp && drop_all(fd) < 0))
        return -1;
    if (!has_room(fd)) {
        errno = EMFILE;
        return -1;
    }
    int open = fd;
    fd = -1;
    return open;
}

/* The last descriptors are for everything else: without them no pass could ask the kernel. */
static bool has_room(int fd)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY ||
           (rlim_t)fd + FILES_ELSE < limit.rlim_cur;
}

/* Before bind(): nobody reads this socket, so nothing may queue in it. */
static int drop_all(int fd)
{
    struct sock_filter drop[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
    struct sock_fprog program = {.len = ARRAY_LEN(drop), .filter = drop};

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

static bool is_everywhere(const struct hold *hold)
{
    return !hold->addr.family || ipaddr_is_any(&hold->addr);
}

static void close_hold(struct holds *h, const struct hold *hold)
{
    if (is_everywhere(hold))
        portset_remove(&h->everywhere[index_of(hold->protocol)], hold->port, hold->port);
    if (hold->fd >= 0)
        close(hold->fd);
}
