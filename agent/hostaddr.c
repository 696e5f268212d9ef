#include "agent/hostaddr.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clean.h"
#include "lib/file.h"

/* An address of RFC 5737's documentation range: never a neighbour, so the way to it is the default
 * way. */
#define FAR_AWAY "203.0.113.1"

#define IPV6_LIST "/proc/net/if_inet6"
#define IPV6_LIST_MAX (1024 * 1024)
#define FLAGS_UNFIT (IFA_F_TEMPORARY | IFA_F_DEPRECATED | IFA_F_TENTATIVE | IFA_F_DADFAILED)

static int source_towards(const char *peer, struct ipaddr *ret);
static int first_interface(struct ipaddr *ret);
static int read_line6(const char *line, const char *interface, struct ipaddr *ret);
static bool is_private6(const struct ipaddr *a);
static int interface_of(const struct ipaddr *address, char ret[IF_NAMESIZE]);

int hostaddr_find(const char *peer, struct ipaddr *ret, struct err **err)
{
    if (peer && !source_towards(peer, ret))
        return 0;
    if (!source_towards(FAR_AWAY, ret) || !first_interface(ret))
        return 0;
    return err_set(err, "this host has no IPv4 address that others could dial; say one with "
                        "[agent] address");
}

int hostaddr_find6(const struct ipaddr *beside, struct ipaddr *ret, struct err **err)
{
    char interface[IF_NAMESIZE];

    *ret = (struct ipaddr){0};
    /* Without IPv6 in the kernel there is no list. */
    if (access(IPV6_LIST, F_OK) || interface_of(beside, interface))
        return 0;
    CLEAN(free_str) char *text = file_read(IPV6_LIST, IPV6_LIST_MAX, NULL, err);
    if (!text)
        return -1;
    *ret = hostaddr_choose6(text, interface);
    return 0;
}

struct ipaddr hostaddr_choose6(const char *text, const char *interface)
{
    struct ipaddr best = {0};

    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        struct ipaddr a;

        if (read_line6(line, interface, &a))
            continue;
        if (!best.family || is_private6(&a) < is_private6(&best) ||
            (is_private6(&a) == is_private6(&best) && ipaddr_cmp(&a, &best) < 0))
            best = a;
    }
    return best;
}

/* Reads "<32 digits> <index> <prefix> <scope> <flags> <interface>", all hexadecimal. -1 for another
 * interface, and for an address that others should not be told. */
static int read_line6(const char *line, const char *interface, struct ipaddr *ret)
{
    char digits[33], name[IF_NAMESIZE];
    unsigned scope, flags;

    if (sscanf(line, "%32[0-9a-f] %*x %*x %x %x %15s", digits, &scope, &flags, name) != 4 ||
        strlen(digits) != 32 || scope || flags & FLAGS_UNFIT || strcmp(name, interface))
        return -1;
    *ret = (struct ipaddr){.family = AF_INET6};
    for (size_t i = 0; i < sizeof ret->b; i++) {
        char byte[3] = {digits[2 * i], digits[2 * i + 1], '\0'};

        ret->b[i] = (uint8_t)strtoul(byte, NULL, 16);
    }
    return 0;
}

/* fc00::/7 */
static bool is_private6(const struct ipaddr *a)
{
    return (a->b[0] & 0xfe) == 0xfc;
}

/* The name of the interface with that IPv4 address. */
static int interface_of(const struct ipaddr *address, char ret[IF_NAMESIZE])
{
    struct ifaddrs *all;
    int result = -1;

    if (getifaddrs(&all))
        return -1;
    for (const struct ifaddrs *i = all; i && result; i = i->ifa_next) {
        const struct sockaddr_in *in = (const void *)i->ifa_addr;

        if (!in || in->sin_family != AF_INET || memcmp(&in->sin_addr, address->b, 4))
            continue;
        snprintf(ret, IF_NAMESIZE, "%s", i->ifa_name);
        result = 0;
    }
    freeifaddrs(all);
    return result;
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
