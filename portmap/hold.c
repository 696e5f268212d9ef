#include "portmap/hold.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/search.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"

struct hold {
    uint8_t protocol;
    uint16_t port;
    int fd4, fd6; /* -1: none */
};

struct holds {
    struct hold *v; /* sorted by protocol, then port */
    size_t n;
    size_t cap;
};

static size_t find(const struct holds *h, uint8_t protocol, uint16_t port, bool *ret_found);
static int open_hold(struct hold *hold);
static int hold4(const struct hold *hold);
static int hold6(const struct hold *hold);
static int open_deaf(int family, const struct hold *hold);
static int drop_all(int fd);
static void close_hold(struct hold *hold);

struct holds *holds_new(void)
{
    return xcalloc(1, sizeof(struct holds));
}

void holds_free(struct holds *h)
{
    if (!h)
        return;
    for (size_t i = 0; i < h->n; i++)
        close_hold(&h->v[i]);
    free(h->v);
    free(h);
}

int holds_take(struct holds *h, uint8_t protocol, uint16_t port)
{
    struct hold hold = {.protocol = protocol, .port = port};
    bool found;
    size_t at = find(h, protocol, port, &found);

    if (found)
        return 0;
    int code = open_hold(&hold);
    if (code)
        return code;
    h->v = xgrow(h->v, h->n, &h->cap, sizeof *h->v);
    memmove(&h->v[at + 1], &h->v[at], (h->n - at) * sizeof *h->v);
    h->v[at] = hold;
    h->n++;
    return 0;
}

void holds_keep_only(struct holds *h, const struct mapping *v, size_t n,
                     const struct quarantine *resting)
{
    size_t kept = 0, m = 0;

    for (size_t i = 0; i < h->n; i++) {
        struct mapping key = {.protocol = h->v[i].protocol, .host_port = h->v[i].port};

        while (m < n && mapping_cmp_key(&v[m], &key) < 0)
            m++;
        if ((m < n && !mapping_cmp_key(&v[m], &key)) ||
            quarantine_find(resting, key.protocol, key.host_port))
            h->v[kept++] = h->v[i];
        else
            close_hold(&h->v[i]);
    }
    h->n = kept;
}

size_t holds_count(const struct holds *h)
{
    return h->n;
}

static int compare_place(const void *key, const void *member)
{
    const struct hold *m = member;
    uint32_t wanted = *(const uint32_t *)key, there = (uint32_t)m->protocol << 16 | m->port;

    return (wanted > there) - (wanted < there);
}

/* The place of the port, or where it would be inserted. */
static size_t find(const struct holds *h, uint8_t protocol, uint16_t port, bool *ret_found)
{
    uint32_t key = (uint32_t)protocol << 16 | port;

    return search_sorted(h->v, h->n, sizeof *h->v, &key, compare_place, ret_found);
}

/* Returns 0 or an errno value. A host without IPv6 has nobody to hold it against. */
static int open_hold(struct hold *hold)
{
    hold->fd6 = -1;
    hold->fd4 = hold4(hold);
    if (hold->fd4 < 0)
        return errno;
    hold->fd6 = hold6(hold);
    if (hold->fd6 < 0 && errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL) {
        int code = errno;

        close_hold(hold);
        return code;
    }
    return 0;
}

static int hold4(const struct hold *hold)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(hold->port)};
    CLEAN(close_fd) int fd = open_deaf(AF_INET, hold);

    if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof any) < 0)
        return -1;
    int held = fd;
    fd = -1;
    return held;
}

static int hold6(const struct hold *hold)
{
    struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(hold->port)};
    CLEAN(close_fd) int fd = open_deaf(AF_INET6, hold);
    int on = 1;

    if (fd < 0 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) < 0 ||
        bind(fd, (struct sockaddr *)&any, sizeof any) < 0)
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
    int open = fd;
    fd = -1;
    return open;
}

/* Before bind(): nobody reads this socket, so nothing may queue in it. */
static int drop_all(int fd)
{
    struct sock_filter drop[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
    struct sock_fprog program = {.len = ARRAY_LEN(drop), .filter = drop};

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

static void close_hold(struct hold *hold)
{
    if (hold->fd4 >= 0)
        close(hold->fd4);
    if (hold->fd6 >= 0)
        close(hold->fd6);
}
