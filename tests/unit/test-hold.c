/* Held ports, with real sockets on this host. */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clean.h"
#include "portmap/hold.h"
#include "tests/tap.h"

static const struct quarantine none;

/* Binds 127.0.0.1. 'port' 0 takes any free one and sets '*ret_port'. Returns a socket or -errno. */
static int open_port(int type, uint16_t port, int option, uint16_t *ret_port)
{
    struct sockaddr_in addr = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof addr;
    int fd = socket(AF_INET, type, 0), on = 1;

    if (option)
        setsockopt(fd, SOL_SOCKET, option, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&addr, sizeof addr) < 0) {
        int code = errno;

        close(fd);
        return -code;
    }
    getsockname(fd, (struct sockaddr *)&addr, &len);
    if (ret_port)
        *ret_port = ntohs(addr.sin_port);
    return fd;
}

/* Takes the port at every address. */
static int take(struct holds *h, uint8_t protocol, uint16_t port)
{
    struct mapping m = {.protocol = protocol, .host_port = port};

    return holds_take(h, &m);
}

static int take_at(struct holds *h, uint16_t port, const char *addr)
{
    struct mapping m = {.protocol = IPPROTO_TCP, .host_port = port};

    return ipaddr_parse(addr, &m.host_addr) ? -1 : holds_take(h, &m);
}

static int try_port(int type, uint16_t port, int option)
{
    int fd = open_port(type, port, option, NULL);

    if (fd >= 0)
        close(fd);
    return fd < 0 ? -fd : 0;
}

static void test_protocol(uint8_t protocol, int type)
{
    const char *name = protocol_name(protocol);
    struct holds *h = holds_new(NULL);
    uint16_t port, other;
    int fd = open_port(type, 0, 0, &port);

    is_int(take(h, protocol, port), EADDRINUSE, "%s: another program's port", name);
    is_int((long long)holds_count(h), 0, "%s: is not held", name);
    close(fd);
    is_int(take(h, protocol, port), 0, "%s: a free port", name);
    is_int(take(h, protocol, port), 0, "%s: the same again", name);
    is_int((long long)holds_count(h), 1, "%s: is held once", name);
    is_int(try_port(type, port, 0), EADDRINUSE, "%s: nobody else gets it", name);
    is_int(try_port(type, port, SO_REUSEADDR), EADDRINUSE, "%s: not with SO_REUSEADDR", name);
    is_int(try_port(type, port, SO_REUSEPORT), EADDRINUSE, "%s: not with SO_REUSEPORT", name);

    close(open_port(type, 0, 0, &other));
    is_int(take(h, protocol, other), 0, "%s: a second port", name);
    struct mapping kept = {.protocol = protocol, .host_port = other};
    holds_keep_only(h, &kept, 1, &none);
    is_int((long long)holds_count(h), 1, "%s: one is kept", name);
    is_int(try_port(type, port, 0), 0, "%s: the other is free again", name);
    is_int(try_port(type, other, 0), EADDRINUSE, "%s: the kept one is not", name);
    holds_free(h);
    is_int(try_port(type, other, 0), 0, "%s: all are free in the end", name);
}

static void test_both(void)
{
    struct holds *h = holds_new(NULL);
    uint16_t port;

    close(open_port(SOCK_STREAM, 0, 0, &port));
    is_int(take(h, IPPROTO_TCP, port), 0, "tcp holds a port");
    is_int(try_port(SOCK_DGRAM, port, 0), 0, "and leaves the port of udp alone");
    is_int(take(h, IPPROTO_UDP, port), 0, "which can be held, too");
    struct mapping kept[] = {{.protocol = IPPROTO_TCP, .host_port = 1},
                             {.protocol = IPPROTO_UDP, .host_port = port}};
    holds_keep_only(h, kept, 2, &none);
    is_int(try_port(SOCK_STREAM, port, 0), 0, "one goes");
    is_int(try_port(SOCK_DGRAM, port, 0), EADDRINUSE, "the other stays");
    holds_free(h);
}

static void test_resting(void)
{
    struct holds *h = holds_new(NULL);
    struct quarantine resting = {0};
    uint16_t port;

    close(open_port(SOCK_STREAM, 0, 0, &port));
    take(h, IPPROTO_TCP, port);
    quarantine_add(&resting, IPPROTO_TCP, port, 1.);
    holds_keep_only(h, NULL, 0, &resting);
    is_int(try_port(SOCK_STREAM, port, 0), EADDRINUSE, "a port that rests is held");
    quarantine_done(&resting);
    holds_keep_only(h, NULL, 0, &resting);
    is_int(try_port(SOCK_STREAM, port, 0), 0, "and let go afterwards");
    holds_free(h);
}

static void test_one_address(void)
{
    struct holds *h = holds_new(NULL);
    uint16_t port;
    int fd = open_port(SOCK_STREAM, 0, 0, &port); /* at 127.0.0.1 */

    is_int(take_at(h, port, "127.0.0.1"), EADDRINUSE, "at one address: another program's");
    is_int(take_at(h, port, "127.0.0.2"), 0, "at another address: free");
    is_int(take_at(h, port, "127.0.0.2"), 0, "the same again");
    is_int(take_at(h, port, "127.0.0.3"), 0, "and at a third");
    is_int((long long)holds_count(h), 2, "two are held");
    close(fd);
    is_int(try_port(SOCK_STREAM, port, 0), 0, "the other program's address stays free");
    is_int(take(h, IPPROTO_TCP, port), 0, "every address: what we held of it is in no way");
    is_int((long long)holds_count(h), 1, "it takes the place of the others");
    is_int(try_port(SOCK_STREAM, port, 0), EADDRINUSE, "and is held");
    is_int(take_at(h, port, "127.0.0.2"), 0, "back at one address");
    is_int(try_port(SOCK_STREAM, port, 0), 0, "the others are let go");
    is_int(take_at(h, port, "192.0.2.1"), EADDRNOTAVAIL, "an address that is not the host's");
    holds_free(h);
}

static void test_sctp(void)
{
    struct holds *h = holds_new(NULL);

    is_int(take(h, IPPROTO_SCTP, 28001), 0, "a port of SCTP is held, or need not be: sockets %s",
           hold_knows_sctp() ? "exist" : "do not");
    is_int((long long)holds_count(h), 1, "and counted");
    holds_free(h);
}

int main(void)
{
    test_one_address();
    test_sctp();
    test_protocol(IPPROTO_TCP, SOCK_STREAM);
    test_protocol(IPPROTO_UDP, SOCK_DGRAM);
    test_both();
    test_resting();
    holds_free(NULL);
    return tap_done();
}
