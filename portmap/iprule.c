#include "portmap/iprule.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "lib/xmalloc.h"

#define ANSWER_SIZE 32768 /* bytes; the kernel's dumps come in pieces of that size at most */
#define ANSWER_SECONDS 5  /* only a lost answer takes that long */

struct listing {
    uint32_t mark;
    struct strv *names;
};

static int dump(struct mnl_socket *socket, int family, struct listing *l);
static int on_rule(const struct nlmsghdr *message, void *arg);
static uint32_t word(const struct nlattr *attr, uint32_t otherwise);

int iprule_list(uint32_t mark, struct strv *l, struct err **err)
{
    static const int families[] = {AF_INET, AF_INET6};
    struct listing listing = {mark, l};
    struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    struct timeval limit = {.tv_sec = ANSWER_SECONDS};
    int code = 0;

    if (!socket)
        return err_set_errno(err, errno, "cannot open a netlink socket");
    if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
        setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) < 0)
        code = errno;
    for (size_t i = 0; !code && i < ARRAY_LEN(families); i++)
        if (dump(socket, families[i], &listing) < 0 && errno != EOPNOTSUPP && errno != EAFNOSUPPORT)
            code = errno;
    mnl_socket_close(socket);
    return code ? err_set_errno(err, code, "cannot list the rules of policy routing") : 0;
}

/* Returns -1 with errno. */
static int dump(struct mnl_socket *socket, int family, struct listing *l)
{
    _Alignas(8) char buffer[ANSWER_SIZE];
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    int more = MNL_CB_OK;

    request->nlmsg_type = RTM_GETRULE;
    request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    struct fib_rule_hdr *question = mnl_nlmsg_put_extra_header(request, sizeof *question);
    question->family = (uint8_t)family;
    if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
        return -1;
    while (more == MNL_CB_OK) {
        ssize_t n = mnl_socket_recvfrom(socket, buffer, sizeof buffer);
        if (n < 0)
            return -1;
        more = mnl_cb_run(buffer, (size_t)n, 0, 0, on_rule, l);
    }
    return more;
}

static int on_rule(const struct nlmsghdr *message, void *arg)
{
    const struct listing *l = arg;
    const struct fib_rule_hdr *header = mnl_nlmsg_get_payload(message);
    const struct nlattr *attrs[FRA_MAX + 1] = {0};
    const struct nlattr *attr;

    mnl_attr_for_each(attr, message, sizeof *header)
    {
        if (mnl_attr_get_type(attr) <= FRA_MAX)
            attrs[mnl_attr_get_type(attr)] = attr;
    }
    uint32_t value = word(attrs[FRA_FWMARK], 0), mask = word(attrs[FRA_FWMASK], 0);
    if (!(mask & l->mark) || (mask == UINT32_MAX && !(value & l->mark)))
        return MNL_CB_OK;
    strv_add_take(l->names, xasprintf("ip%s rule %u: fwmark 0x%x/0x%x",
                                      header->family == AF_INET6 ? " -6" : "",
                                      word(attrs[FRA_PRIORITY], 0), value, mask));
    return MNL_CB_OK;
}

static uint32_t word(const struct nlattr *attr, uint32_t otherwise)
{
    return attr && mnl_attr_validate(attr, MNL_TYPE_U32) >= 0 ? mnl_attr_get_u32(attr) : otherwise;
}
