#include "portmap/hold.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clean.h"
#include "lib/log.h"
#include "lib/portset.h"
#include "lib/search.h"
#include "lib/xmalloc.h"
#include "portmap/hold_socket.h"

struct hold {
    uint8_t protocol;
    uint16_t port;
    struct ipaddr addr; /* 0.0.0.0: every address, of IPv6, too */
    int fd;             /* -1: none */
};

struct holds {
    struct fdstore *store; /* NULL: none */
    struct hold *v;        /* sorted as mappings are by key */
    size_t n;
    size_t cap;
    struct portset everywhere[3]; /* ports held at every address: TCP, UDP, any other protocol */
};

static bool adopt(struct holds *h, struct passed *p);
static int open_hold(struct holds *h, const struct mapping *m, int *ret_fd);
static bool is_held_everywhere(const struct holds *h, const struct mapping *m);
static size_t index_of(uint8_t protocol);
static void insert(struct holds *h, const struct hold *hold, size_t at);
static size_t find(const struct holds *h, const struct mapping *m, bool *ret_found);
static size_t drop_excluded(struct holds *h, const struct mapping *m, size_t at);
static bool is_of_port(const struct hold *hold, const struct mapping *m);
static int compare_place(const void *key, const void *member);
static struct mapping key_of(const struct hold *hold);
static bool is_everywhere(const struct hold *hold);
static void close_hold(struct holds *h, const struct hold *hold);

struct holds *holds_new(struct fdstore *store)
{
    struct holds *h = xcalloc(1, sizeof *h);

    h->store = store && fdstore_is_there(store) ? store : NULL;
    return h;
}

size_t holds_adopt(struct holds *h, struct passed_list *passed)
{
    size_t n = 0;

    for (size_t i = 0; i < passed->n && h->store; i++)
        n += adopt(h, &passed->v[i]);
    return n;
}

void holds_free(struct holds *h)
{
    if (!h)
        return;
    for (size_t i = 0; i < h->n; i++)
        if (h->v[i].fd >= 0)
            close(h->v[i].fd);
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
    int code = open_hold(h, m, &hold.fd);
    if (code)
        return code;
    insert(h, &hold, at);
    return 0;
}

int holds_rest(struct holds *h, uint8_t protocol, uint16_t port)
{
    struct mapping m = {.protocol = protocol, .host_port = port};
    bool found;
    size_t at = find(h, &m, &found); /* every address comes first */

    return at < h->n && is_of_port(&h->v[at], &m) ? 0 : holds_take(h, &m);
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

void hold_raise_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        log_warn("portmap", "cannot raise the number of open files to the hard limit: %s",
                 strerror(errno));
}

/* Whatever else it may be is left for passed_refuse(). */
static bool adopt(struct holds *h, struct passed *p)
{
    struct mapping m;
    bool found;

    if (p->fd < 0 || hold_socket_read(p->fd, &m))
        return false;
    CLEAN(free_str) char *name = hold_socket_name(&m);
    size_t at = find(h, &m, &found);
    if (found || strcmp(name, p->name) != 0)
        return false;
    insert(h, &(struct hold){m.protocol, m.host_port, m.host_addr, p->fd}, at);
    fdstore_adopt(h->store, name, p->fd);
    p->fd = -1;
    return true;
}

/* A port that was let go a moment ago may not have left the store yet: it is still ours. */
static int open_hold(struct holds *h, const struct mapping *m, int *ret_fd)
{
    if (!h->store)
        return hold_socket_open(m, ret_fd);
    CLEAN(free_str) char *name = hold_socket_name(m);
    int fd = fdstore_reclaim(h->store, name);
    int code = fd < 0 ? hold_socket_open(m, &fd) : 0;

    if (code)
        return code;
    if (fd >= 0)
        fdstore_put(h->store, name, fd);
    *ret_fd = fd;
    return 0;
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

/* A port that rests may be held everywhere after a restart, and come back to one address. Whoever
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

static bool is_everywhere(const struct hold *hold)
{
    return !hold->addr.family || ipaddr_is_any(&hold->addr);
}

static void close_hold(struct holds *h, const struct hold *hold)
{
    struct mapping key = key_of(hold);

    if (is_everywhere(hold))
        portset_remove(&h->everywhere[index_of(hold->protocol)], hold->port, hold->port);
    if (hold->fd < 0)
        return;
    if (!h->store) {
        close(hold->fd);
        return;
    }
    CLEAN(free_str) char *name = hold_socket_name(&key);
    fdstore_drop(h->store, name, hold->fd);
}
