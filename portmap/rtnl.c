#include "portmap/rtnl.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#define ANSWER_SIZE 32768 /* bytes; the kernel's dumps come in pieces of that size at most */

struct mnl_socket *rtnl_open(void)
{
    struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    int on = 1;

    if (!socket)
        return NULL;
    if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0) {
        int code = errno;

        mnl_socket_close(socket);
        errno = code;
        return NULL;
    }
    /* Kernels that can ask for another namespace's addresses do so under this option only; older
     * ones lack it. */
    mnl_socket_setsockopt(socket, NETLINK_GET_STRICT_CHK, &on, sizeof on);
    return socket;
}

int rtnl_talk(struct mnl_socket *socket, struct nlmsghdr *request,
              int (*on_message)(const struct nlmsghdr *message, void *arg), void *arg)
{
    char buffer[ANSWER_SIZE];
    int more = MNL_CB_OK;

    request->nlmsg_flags |= NLM_F_REQUEST;
    if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
        return -1;
    while (more == MNL_CB_OK) {
        ssize_t n = mnl_socket_recvfrom(socket, buffer, sizeof buffer);

        if (n < 0)
            return -1;
        more = mnl_cb_run(buffer, (size_t)n, 0, 0, on_message, arg);
    }
    return more;
}
