#include "lb-template/port.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clean.h"
#include "lib/ipaddr.h"

static socklen_t fill(struct sockaddr_storage *ret, const struct ipaddr *a, unsigned port);

int port_probe(const char *bind_address, unsigned port, struct err **err)
{
    struct sockaddr_storage address = {0};
    struct ipaddr a = ipaddr_any4();
    int on = 1, off = 0;

    if (strcmp(bind_address, "*") && ipaddr_parse(bind_address, &a))
        return err_set(err, "\"%s\" is no address", bind_address);
    socklen_t len = fill(&address, &a, port);
    CLEAN(close_fd) int fd = socket(a.family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_set_errno(err, errno, "cannot make a socket");
    /* Connections that have ended do not hold a port; a listener does. */
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (a.family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, (struct sockaddr *)&address, len))
        return err_set_errno(err, errno, "cannot open port %u", port);
    return 0;
}

static socklen_t fill(struct sockaddr_storage *ret, const struct ipaddr *a, unsigned port)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;

    if (a->family == AF_INET) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        memcpy(&v4->sin_addr, a->b, sizeof v4->sin_addr);
        return sizeof *v4;
    }
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons((uint16_t)port);
    memcpy(&v6->sin6_addr, a->b, sizeof v6->sin6_addr);
    return sizeof *v6;
}
