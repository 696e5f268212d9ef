/* Questions to rtnetlink: the kernel's interfaces and addresses. It answers at once. */
#ifndef PORTMAP_RTNL_H
#define PORTMAP_RTNL_H

#include <libmnl/libmnl.h>

/* A socket for rtnl_talk(), or NULL with errno. The caller closes it with mnl_socket_close(). */
struct mnl_socket *rtnl_open(void);

/* Sends 'request' and calls 'on_message' (may be NULL) for each message of the answer; it returns
 * MNL_CB_OK. Requests are dumps, or have NLM_F_ACK. Returns 0, or -1 with errno: EINTR, what was
 * dumped changed meanwhile; or what the kernel says. */
int rtnl_talk(struct mnl_socket *socket, struct nlmsghdr *request,
              int (*on_message)(const struct nlmsghdr *message, void *arg), void *arg);

#endif
