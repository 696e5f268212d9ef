/* Who has a port: this program, asked about sockets of its own. */
#include "portmap/holder.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clean.h"
#include "lib/file.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

/* A socket at a port that the kernel chooses. */
static int open_port(int family, int type, uint16_t *ret_port)
{
    struct sockaddr_in6 any6 = {.sin6_family = AF_INET6};
    struct sockaddr_in any4 = {.sin_family = AF_INET};
    socklen_t len = sizeof any6;
    int fd = socket(family, type | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if ((family == AF_INET ? bind(fd, (struct sockaddr *)&any4, sizeof any4)
                           : bind(fd, (struct sockaddr *)&any6, sizeof any6)) < 0 ||
        (type == SOCK_STREAM && listen(fd, 1) < 0) ||
        getsockname(fd, (struct sockaddr *)&any6, &len) < 0) {
        close(fd);
        return -1;
    }
    *ret_port = ntohs(any6.sin6_port); /* in the same place for both families */
    return fd;
}

static void test_own(int family, int type, uint8_t protocol, const char *what)
{
    CLEAN(free_str) char *comm = file_read("/proc/self/comm", 64, NULL, NULL);
    struct holders holders = {0};
    uint16_t port = 0;
    int fd = open_port(family, type, &port);

    if (fd < 0 || !comm) {
        ok(true, "%s # SKIP no such socket here", what);
        return;
    }
    comm[strcspn(comm, "\n")] = '\0';
    CLEAN(free_str) char *wanted = xasprintf("%s (pid %d)", comm, (int)getpid());
    is_str(holders_name(&holders, protocol, port), wanted, "%s: it is this program", what);
    is_str(holders_name(&holders, protocol, port), wanted, "%s: asked again", what);
    is_int((long long)holders.n, 1, "%s: it is remembered once", what);
    close(fd);
    is_str(holders_name(&holders, protocol, port), NULL, "%s: closed, it is nobody", what);
    holders_done(&holders);
}

int main(void)
{
    test_own(AF_INET, SOCK_STREAM, IPPROTO_TCP, "TCP");
    test_own(AF_INET, SOCK_DGRAM, IPPROTO_UDP, "UDP");
    test_own(AF_INET6, SOCK_STREAM, IPPROTO_TCP, "TCP over IPv6");
    test_own(AF_INET6, SOCK_DGRAM, IPPROTO_UDP, "UDP over IPv6");
    return tap_done();
}
