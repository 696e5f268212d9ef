#include "portmap/hold_socket.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clean.h"
#include "lib/sbuf.h"

#define FILES_ELSE 128 /* descriptors */

static int open_everywhere(const struct mapping *m);
static int open4(const struct mapping *m);
static int open6(const struct mapping *m);
static int open_deaf(int family, uint8_t protocol);
static int type_of(uint8_t protocol);
static bool has_room(int fd);
static int drop_all(int fd);
static int option_of(int fd, int level, int name);
static bool is_deaf(int fd, int type);
static int read_address(int fd, struct mapping *ret);

/* One socket of IPv6 serves both families; a host without IPv6 has nobody to hold it against
 * there. */
int hold_socket_open(const struct mapping *m, int *ret_fd)
{
    int fd = mapping_is_everywhere(m)          ? open_everywhere(m)
             : m->host_addr.family == AF_INET6 ? open6(m)
                                               : open4(m);

    if (fd < 0 && !(errno == EPROTONOSUPPORT && m->protocol == IPPROTO_SCTP))
        return errno;
    *ret_fd = fd;
    return 0;
}

int hold_socket_read(int fd, struct mapping *ret)
{
    int protocol = option_of(fd, SOL_SOCKET, SO_PROTOCOL);
    struct mapping m = {.protocol = (uint8_t)protocol};

    if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP && protocol != IPPROTO_SCTP)
        return -1;
    if (!is_deaf(fd, type_of(m.protocol)) || read_address(fd, &m))
        return -1;
    *ret = m;
    return 0;
}

char *hold_socket_name(const struct mapping *m)
{
    size_t len = mapping_is_everywhere(m) ? 0 : m->host_addr.family == AF_INET6 ? 16 : 4;
    char letter = m->protocol == IPPROTO_TCP ? 't' : m->protocol == IPPROTO_UDP ? 'u' : 's';
    struct sbuf name = SBUF_INIT;

    sbuf_addf(&name, "%c%u%s", letter, (unsigned)m->host_port, len ? "-" : "");
    for (size_t i = 0; i < len; i++)
        sbuf_addf(&name, "%02x", (unsigned)m->host_addr.b[i]);
    return sbuf_take(&name);
}

static int open_everywhere(const struct mapping *m)
{
    int fd = open6(m);

    if (fd < 0 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
        fd = open4(m);
    return fd;
}

static int open4(const struct mapping *m)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(m->host_port)};
    CLEAN(close_fd) int fd = open_deaf(AF_INET, m->protocol);

    memcpy(&addr.sin_addr, m->host_addr.b, sizeof addr.sin_addr);
    if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof addr) < 0)
        return -1;
    int held = fd;
    fd = -1;
    return held;
}

static int open6(const struct mapping *m)
{
    struct sockaddr_in6 addr = {.sin6_family = AF_INET6, .sin6_port = htons(m->host_port)};
    CLEAN(close_fd) int fd = open_deaf(AF_INET6, m->protocol);
    int only6 = !mapping_is_everywhere(m);

    if (only6)
        memcpy(&addr.sin6_addr, m->host_addr.b, sizeof addr.sin6_addr);
    if (fd < 0 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only6, sizeof only6) < 0 ||
        bind(fd, (struct sockaddr *)&addr, sizeof addr) < 0)
        return -1;
    int held = fd;
    fd = -1;
    return held;
}

/* No SO_REUSEADDR and no SO_REUSEPORT: either would let another program bind beside us. */
static int open_deaf(int family, uint8_t protocol)
{
    int type = type_of(protocol) | SOCK_CLOEXEC | SOCK_NONBLOCK;
    CLEAN(close_fd) int fd = socket(family, type, protocol);

    if (fd < 0 || (protocol == IPPROTO_UDP && drop_all(fd) < 0))
        return -1;
    if (!has_room(fd)) {
        errno = EMFILE;
        return -1;
    }
    int open = fd;
    fd = -1;
    return open;
}

static int type_of(uint8_t protocol)
{
    return protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;
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

/* -1 where it has no such option, as what is no socket has none. */
static int option_of(int fd, int level, int name)
{
    int value;
    socklen_t len = sizeof value;

    return getsockopt(fd, level, name, &value, &len) < 0 ? -1 : value;
}

/* A filter that is there already may be another one. */
static bool is_deaf(int fd, int type)
{
    struct sockaddr_storage peer;
    socklen_t len = sizeof peer;

    return option_of(fd, SOL_SOCKET, SO_TYPE) == type &&
           option_of(fd, SOL_SOCKET, SO_ACCEPTCONN) == 0 &&
           option_of(fd, SOL_SOCKET, SO_REUSEADDR) == 0 &&
           option_of(fd, SOL_SOCKET, SO_REUSEPORT) == 0 &&
           getpeername(fd, (struct sockaddr *)&peer, &len) < 0 &&
           (type != SOCK_DGRAM || drop_all(fd) == 0);
}

/* A socket of IPv6 at every address that takes IPv4, too, is one for both families; so is one of
 * IPv4 at every address, on a host without IPv6. */
static int read_address(int fd, struct mapping *ret)
{
    union {
        struct sockaddr any;
        struct sockaddr_in in4;
        struct sockaddr_in6 in6;
    } name = {0};
    socklen_t len = sizeof name;

    if (getsockname(fd, &name.any, &len) < 0)
        return -1;
    if (name.any.sa_family == AF_INET) {
        ret->host_port = ntohs(name.in4.sin_port);
        ret->host_addr.family = AF_INET;
        memcpy(ret->host_addr.b, &name.in4.sin_addr, sizeof name.in4.sin_addr);
    } else if (name.any.sa_family == AF_INET6) {
        ret->host_port = ntohs(name.in6.sin6_port);
        ret->host_addr.family = AF_INET6;
        memcpy(ret->host_addr.b, &name.in6.sin6_addr, sizeof name.in6.sin6_addr);
        if (ipaddr_is_any(&ret->host_addr) == (option_of(fd, IPPROTO_IPV6, IPV6_V6ONLY) != 0))
            return -1;
    } else {
        return -1;
    }
    if (ipaddr_is_any(&ret->host_addr))
        ret->host_addr = (struct ipaddr){0};
    return ret->host_port ? 0 : -1;
}
