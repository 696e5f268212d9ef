#include "portmap/hairpin.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "portmap/rtnl.h"

#define SYSCTL4 "/proc/sys/net/bridge/bridge-nf-call-iptables"
#define SYSCTL6 "/proc/sys/net/bridge/bridge-nf-call-ip6tables"
#define REQUEST_SIZE 256 /* bytes */

/* A bridge port that is not in hairpin mode and whose cable ends in another namespace. */
struct port {
    int index;
    int peer;      /* index of the far end, there */
    int namespace; /* the kernel's number for it */
    char name[IFNAMSIZ];
};

struct ports {
    struct port *v;
    size_t n;
    size_t cap;
};

struct question {
    const struct port *port;
    struct ipaddr *addrs; /* of mapped containers, of the families in question, sorted; owned */
    size_t n;
    bool ip, ip6; /* those families */
    bool mapped;  /* the port has one of the addresses */
};

static int visit_mapped(const struct mapping *v, size_t n,
                        int (*visit)(struct mnl_socket *socket, const struct port *port, void *arg),
                        void *arg);
static int note_name(struct mnl_socket *socket, const struct port *port, void *arg);
static bool is_on(const char *sysctl);
static int find_ports(struct mnl_socket *socket, struct ports *ret);
static int on_link(const struct nlmsghdr *message, void *arg);
static bool is_plain_bridge_port(const struct nlattr *linkinfo);
static const struct nlattr *find(const struct nlattr *nest, uint16_t type);
static bool is_mapped(struct mnl_socket *socket, struct question *q);
static bool has_address(struct mnl_socket *socket, struct question *q, uint8_t family);
static int on_address(const struct nlmsghdr *message, void *arg);
static int switch_on(struct mnl_socket *socket, const struct port *port, void *arg);
static void sort_addresses(struct question *q, const struct mapping *v, size_t n);
static int compare(const void *a, const void *b);

int hairpin_ensure(const struct mapping *v, size_t n, struct err **err)
{
    int code = visit_mapped(v, n, switch_on, NULL);

    return code ? err_set_errno(err, code, "cannot set hairpin mode on bridge ports") : 0;
}

int hairpin_list_missing(const struct mapping *v, size_t n, struct strv *ret, struct err **err)
{
    struct strv names = {0};
    int code = visit_mapped(v, n, note_name, &names);

    if (code) {
        strv_done(&names);
        return err_set_errno(err, code, "cannot read which bridge ports have hairpin mode");
    }
    *ret = names;
    return 0;
}

/* Calls 'visit' for each port of a mapped container that is not in hairpin mode; 0, or why it could
 * not. Where every port is in order, which is mostly, the mappings are not looked at. */
static int visit_mapped(const struct mapping *v, size_t n,
                        int (*visit)(struct mnl_socket *socket, const struct port *port, void *arg),
                        void *arg)
{
    struct question q = {.ip = is_on(SYSCTL4), .ip6 = is_on(SYSCTL6)};
    struct ports ports = {0};

    if (!n || (!q.ip && !q.ip6))
        return 0;
    struct mnl_socket *socket = rtnl_open();
    int code = !socket || find_ports(socket, &ports) < 0 ? errno : 0;
    if (!code && ports.n)
        sort_addresses(&q, v, n);
    for (size_t i = 0; !code && i < ports.n; i++) {
        q.port = &ports.v[i];
        if (is_mapped(socket, &q) && visit(socket, q.port, arg) < 0 && errno != ENODEV)
            code = errno;
    }
    if (socket)
        mnl_socket_close(socket);
    free(ports.v);
    free(q.addrs);
    return code;
}

static int note_name(struct mnl_socket *socket, const struct port *port, void *arg)
{
    (void)socket;
    strv_add(arg, port->name);
    return 0;
}

static bool is_on(const char *sysctl)
{
    CLEAN(close_fd) int fd = open(sysctl, O_RDONLY | O_CLOEXEC);
    char value = '0';

    return fd >= 0 && read(fd, &value, 1) == 1 && value == '1';
}

static int find_ports(struct mnl_socket *socket, struct ports *ret)
{
    char buffer[REQUEST_SIZE];
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);

    request->nlmsg_type = RTM_GETLINK;
    request->nlmsg_flags = NLM_F_DUMP;
    mnl_nlmsg_put_extra_header(request, sizeof(struct ifinfomsg));
    return rtnl_talk(socket, request, on_link, ret);
}

static int on_link(const struct nlmsghdr *message, void *arg)
{
    const struct ifinfomsg *header = mnl_nlmsg_get_payload(message);
    const struct nlattr *attr, *linkinfo = NULL;
    struct port port = {.index = header->ifi_index, .namespace = -1};
    struct ports *ports = arg;

    mnl_attr_for_each(attr, message, sizeof *header)
    {
        uint16_t type = mnl_attr_get_type(attr);

        if (type == IFLA_LINKINFO)
            linkinfo = attr;
        else if (type == IFLA_IFNAME && mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
            snprintf(port.name, sizeof port.name, "%s", mnl_attr_get_str(attr));
        else if (type == IFLA_LINK && mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
            port.peer = (int)mnl_attr_get_u32(attr);
        else if (type == IFLA_LINK_NETNSID && mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
            port.namespace = (int)mnl_attr_get_u32(attr);
    }
    if (port.namespace < 0 || !linkinfo || !is_plain_bridge_port(linkinfo))
        return MNL_CB_OK;
    ports->v = xgrow(ports->v, ports->n, &ports->cap, sizeof *ports->v);
    ports->v[ports->n++] = port;
    return MNL_CB_OK;
}

/* Is the interface a port of a bridge, without hairpin mode? */
static bool is_plain_bridge_port(const struct nlattr *linkinfo)
{
    const struct nlattr *kind = find(linkinfo, IFLA_INFO_SLAVE_KIND);
    const struct nlattr *data = find(linkinfo, IFLA_INFO_SLAVE_DATA);

    if (!kind || !data || mnl_attr_validate(kind, MNL_TYPE_NUL_STRING) < 0 ||
        strcmp(mnl_attr_get_str(kind), "bridge"))
        return false;
    const struct nlattr *mode = find(data, IFLA_BRPORT_MODE);
    return mode && mnl_attr_validate(mode, MNL_TYPE_U8) >= 0 && !mnl_attr_get_u8(mode);
}

static const struct nlattr *find(const struct nlattr *nest, uint16_t type)
{
    const struct nlattr *attr;

    mnl_attr_for_each_nested(attr, nest) if (mnl_attr_get_type(attr) == type) return attr;
    return NULL;
}

static bool is_mapped(struct mnl_socket *socket, struct question *q)
{
    q->mapped = false;
    return (q->ip && has_address(socket, q, AF_INET)) ||
           (q->ip6 && has_address(socket, q, AF_INET6));
}

/* A namespace that has gone meanwhile has no addresses. */
static bool has_address(struct mnl_socket *socket, struct question *q, uint8_t family)
{
    char buffer[REQUEST_SIZE];
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);

    request->nlmsg_type = RTM_GETADDR;
    request->nlmsg_flags = NLM_F_DUMP;
    struct ifaddrmsg *question = mnl_nlmsg_put_extra_header(request, sizeof *question);
    question->ifa_family = family;
    mnl_attr_put_u32(request, IFA_TARGET_NETNSID, (uint32_t)q->port->namespace);
    return !rtnl_talk(socket, request, on_address, q) && q->mapped;
}

/* IPv4 has the own address in IFA_LOCAL; IFA_ADDRESS is the same, but for a point-to-point cable's,
 * and all that IPv6 has. */
static int on_address(const struct nlmsghdr *message, void *arg)
{
    const struct ifaddrmsg *header = mnl_nlmsg_get_payload(message);
    struct ipaddr addr = {.family = header->ifa_family};
    size_t len = header->ifa_family == AF_INET6 ? 16 : 4;
    uint16_t own = header->ifa_family == AF_INET6 ? IFA_ADDRESS : IFA_LOCAL;
    struct question *q = arg;
    const struct nlattr *attr;

    if ((int)header->ifa_index != q->port->peer)
        return MNL_CB_OK;
    mnl_attr_for_each(attr, message, sizeof *header)
    {
        if (mnl_attr_get_type(attr) != own || mnl_attr_validate2(attr, MNL_TYPE_UNSPEC, len) < 0)
            continue;
        memcpy(addr.b, mnl_attr_get_payload(attr), len);
        q->mapped |= bsearch(&addr, q->addrs, q->n, sizeof *q->addrs, compare) != NULL;
    }
    return MNL_CB_OK;
}

static int switch_on(struct mnl_socket *socket, const struct port *port, void *arg)
{
    char buffer[REQUEST_SIZE];
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);

    request->nlmsg_type = RTM_SETLINK;
    request->nlmsg_flags = NLM_F_ACK;
    struct ifinfomsg *link = mnl_nlmsg_put_extra_header(request, sizeof *link);

    (void)arg;
    link->ifi_family = AF_BRIDGE;
    link->ifi_index = port->index;
    struct nlattr *info = mnl_attr_nest_start(request, IFLA_PROTINFO);
    mnl_attr_put_u8(request, IFLA_BRPORT_MODE, 1);
    mnl_attr_nest_end(request, info);
    return rtnl_talk(socket, request, NULL, NULL);
}

static void sort_addresses(struct question *q, const struct mapping *v, size_t n)
{
    q->addrs = xcalloc(2 * n + 1, sizeof *q->addrs);
    for (size_t i = 0; i < n; i++) {
        if (q->ip && v[i].container_addr.family)
            q->addrs[q->n++] = v[i].container_addr;
        if (q->ip6 && v[i].container_addr6.family)
            q->addrs[q->n++] = v[i].container_addr6;
    }
    qsort(q->addrs, q->n, sizeof *q->addrs, compare);
}

static int compare(const void *a, const void *b)
{
    return ipaddr_cmp(a, b);
}
