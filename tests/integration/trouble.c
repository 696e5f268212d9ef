/* libmnl's sockets with one fault, for tests: a driver that is linked with this has these functions
 * instead of the library's.
 *
 *     BERTH_TROUBLE=answer:N:CODE    the N-th answer is lost, and reading says errno CODE
 *     BERTH_TROUBLE=answer:N:dump    the N-th answer is a piece of an interrupted dump
 *     BERTH_TROUBLE=notice:0:CODE    the same for each notification
 *     BERTH_TROUBLE=send:N:stop      the program stops (SIGSTOP) before it sends for the N-th time
 *
 * It says "trouble" on stderr when the fault has come about. */
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static struct {
    bool read; /* the environment has been looked at */
    char kind[16], what[16];
    unsigned at; /* 0: each */
    unsigned answers, notices, sends;
} plan;

static bool is_due(const char *kind, unsigned n)
{
    if (!plan.read) {
        const char *text = getenv("BERTH_TROUBLE");

        plan.read = true;
        if (text && sscanf(text, "%15[^:]:%u:%15s", plan.kind, &plan.at, plan.what) != 3)
            abort();
    }
    if (strcmp(plan.kind, kind) || (plan.at && plan.at != n))
        return false;
    fprintf(stderr, "trouble %s %u\n", kind, n);
    return true;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *s, const void *request, size_t len)
{
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

    if (is_due("send", ++plan.sends))
        raise(SIGSTOP);
    return sendto(mnl_socket_get_fd(s), request, len, 0, (struct sockaddr *)&kernel, sizeof kernel);
}

static ssize_t spoil(ssize_t n, void *buffer)
{
    struct nlmsghdr *h = buffer;

    if (n <= 0 || strcmp(plan.what, "dump")) {
        errno = (int)strtol(plan.what, NULL, 10);
        return -1;
    }
    if (h->nlmsg_flags & NLM_F_MULTI)
        h->nlmsg_flags |= NLM_F_DUMP_INTR;
    return n;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *s, void *buffer, size_t size)
{
    int fd = mnl_socket_get_fd(s), flags = fcntl(fd, F_GETFL);
    bool notice = flags & O_NONBLOCK;
    ssize_t n = recv(fd, buffer, size, 0);

    if (n < 0)
        return -1;
    if (is_due(notice ? "notice" : "answer", notice ? ++plan.notices : ++plan.answers))
        return spoil(n, buffer);
    return n;
}
