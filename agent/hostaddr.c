#include "agent/hostaddr.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clean.h"

/* An address of RFC 5737's documentation range: never a neighbour, so the way to it is the default
 * way. */
#define FAR_AWAY "203.0.113.1"

static int source_towards(const char *peer, struct ipaddr *ret);
static int first_interface(struct ipaddr *ret);

int hostaddr_find(const char *peer, struct ipaddr *ret, struct err **err)
{
    if (peer && !source_towards(peer, ret))
        return 0;
    if (!source_towards(FAR_AWAY, ret) || !first_interface(ret))
        return 0;
    return err_set(err, "this host has no IPv4 address that others could dial; say one with "
                        "[agent] address");
}

/* connect() on a datagram socket chooses the source address and sends nothing. */
static int source_towards(const char *peer, struct ipaddr *ret)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
    struct sockaddr_in from;
    socklen_t len = sizeof from;
    CLEAN(close_fd) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || inet_pton(AF_INET, peer, &to.sin_addr) != 1 ||
        connect(fd, (const struct sockaddr *)&to, sizeof to) ||
        getsockname(fd, (struct sockaddr *)&from, &len))
        return -1;
    struct ipaddr a = {.family = AF_INET};
    memcpy(a.b, &from.sin_addr, 4);
    if (ipaddr_is_loopback(&a) || ipaddr_is_any(&a))
        return -1;
    *ret = a;
    return 0;
}

static int first_interface(struct ipaddr *ret)
{
    struct ifaddrs *all;
    int result = -1;

    if (getifaddrs(&all))
        return -1;
    for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
        const struct sockaddr_in *in = (const void *)i->ifa_addr;

        if (!in || in->sin_family != AF_INET || !(i->ifa_flags & IFF_UP) ||
            (i->ifa_flags & IFF_LOOPBACK))
            continue;
        *ret = (struct ipaddr){.family = AF_INET};
        memcpy(ret->b, &in->sin_addr, 4);
        result = 0;
        break;
    }
    freeifaddrs(all);
    return result;
}
