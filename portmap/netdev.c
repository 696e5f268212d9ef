#include "portmap/netdev.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <unistd.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "portmap/rtnl.h"

#define LOOPBACK_INDEX 1 /* of lo, in every network namespace */
#define REQUEST_SIZE 256 /* bytes */

/* A dump in progress. */
struct listing {
    uint8_t family;
    struct bridges *networks;
};

static int dump_addresses(struct mnl_socket *socket, struct listing *l);
static int on_address(const struct nlmsghdr *message, void *arg);

int netdev_networks(uint8_t family, struct bridges *l, struct err **err)
{
    struct mnl_socket *socket = rtnl_open();
    struct listing listing = {.family = family, .networks = l};
    int code = !socket || dump_addresses(socket, &listing) < 0 ? errno : 0;

    if (socket)
        mnl_socket_close(socket);
    return code ? err_set_errno(err, code, "cannot list the addresses of this host") : 0;
}

int netdev_allow_loopback(const char *name, struct undo *undo, struct err **err)
{
    CLEAN(free_str) char *path = xasprintf("/proc/sys/net/ipv4/conf/%s/route_localnet", name);
    CLEAN(close_fd) int fd = open(path, O_RDWR | O_CLOEXEC);
    char value = '0';

    if (fd < 0 || read(fd, &value, 1) < 0)
        return err_set_errno(err, errno, "cannot read %s", path);
    if (value == '1')
        return 0;
    undo_note_loopback(undo, name);
    if (pwrite(fd, "1", 1, 0) < 0)
        return err_set_errno(err, errno, "cannot set %s to 1", path);
    return 0;
}

int netdev_refuse_loopback(const char *name, struct err **err)
{
    CLEAN(free_str) char *path = xasprintf("/proc/sys/net/ipv4/conf/%s/route_localnet", name);
    CLEAN(close_fd) int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, "0", 1) < 0)
        return err_set_errno(err, errno, "cannot set %s to 0", path);
    return 0;
}

/* Returns -1 with errno. */
static int dump_addresses(struct mnl_socket *socket, struct listing *l)
{
    char buffer[REQUEST_SIZE];
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);

    request->nlmsg_type = RTM_GETADDR;
    request->nlmsg_flags = NLM_F_DUMP;
    struct ifaddrmsg *question = mnl_nlmsg_put_extra_header(request, sizeof *question);
    question->ifa_family = l->family;
    return rtnl_talk(socket, request, on_address, l);
}

/* The address with the prefix length is the network that is directly reached; on a point-to-point
 * interface that is the peer's, as it should be. */
static int on_address(const struct nlmsghdr *message, void *arg)
{
    const struct ifaddrmsg *header = mnl_nlmsg_get_payload(message);
    const struct listing *l = arg;
    struct ipaddr addr = {.family = l->family};
    size_t len = l->family == AF_INET6 ? 16 : 4;
    const struct nlattr *attr;
    char name[IF_NAMESIZE];

    if (header->ifa_family != l->family || header->ifa_index == LOOPBACK_INDEX ||
        header->ifa_scope == RT_SCOPE_LINK || header->ifa_prefixlen > len * 8 ||
        !if_indextoname(header->ifa_index, name))
        return MNL_CB_OK;
    mnl_attr_for_each(attr, message, sizeof *header)
    {
        if (mnl_attr_get_type(attr) != IFA_ADDRESS ||
            mnl_attr_validate2(attr, MNL_TYPE_UNSPEC, len) < 0)
            continue;
        memcpy(addr.b, mnl_attr_get_payload(attr), len);
        bridges_add(l->networks, name, &addr, header->ifa_prefixlen);
    }
    return MNL_CB_OK;
}
