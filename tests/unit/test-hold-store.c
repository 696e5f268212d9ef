/* Held ports that come through a restart, with real sockets on this host and a manager of ours. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "portmap/hold.h"
#include "portmap/hold_socket.h"
#include "tests/tap.h"
#include "tests/unit/manager.h"

#define PATIENCE 100000 /* turns of the loop */

static const struct quarantine none;
static struct ev_loop *loop;

static void on_settled(void *arg)
{
    *(int *)arg += 1;
}

/* A socket at 'addr', and a port that the kernel chooses where '*port' is 0. -1: refused. */
static int bind_port(int type, const char *addr, uint16_t *port, int option)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(*port)};
    socklen_t len = sizeof name;
    struct ipaddr a;
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), on = 1;

    if (!ipaddr_parse(addr, &a))
        memcpy(&name.sin_addr, a.b, sizeof name.sin_addr);
    if (option)
        setsockopt(fd, SOL_SOCKET, option, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&name, sizeof name) < 0) {
        close(fd);
        return -1;
    }
    getsockname(fd, (struct sockaddr *)&name, &len);
    *port = ntohs(name.sin_port);
    return fd;
}

static bool is_free(int type, uint16_t port)
{
    int fd = bind_port(type, "127.0.0.1", &port, 0);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static struct mapping free_port(uint8_t protocol, const char *addr)
{
    struct mapping m = {.protocol = protocol};
    uint16_t port = 0;

    close(bind_port(protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM, "127.0.0.1", &port, 0));
    m.host_port = port;
    if (addr)
        ipaddr_parse(addr, &m.host_addr);
    return m;
}

static void add_passed(struct passed_list *l, const char *name, int fd)
{
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n++] = (struct passed){xstrdup(name), fd};
}

/* What the manager keeps of what was sent until now. */
static void keep(int manager, struct passed_list *kept)
{
    const char *text, *name;
    int fd;

    while ((text = manager_hear(manager, &fd))) {
        name = strstr(text, "FDNAME=");
        if (!strncmp(text, "FDSTORE=1\n", strlen("FDSTORE=1\n")) && name)
            add_passed(kept, name + strlen("FDNAME="), fd);
        else if (fd >= 0)
            close(fd);
    }
}

/* An address for itself: of IPv6, where this host has it. */
static const char *other_address(void)
{
    struct mapping m = free_port(IPPROTO_TCP, "::1");
    CLEAN(close_fd) int fd = -1;

    return hold_socket_open(&m, &fd) ? "127.0.0.2" : "::1";
}

static void test_restart(void)
{
    struct mapping v[] = {free_port(IPPROTO_TCP, NULL), free_port(IPPROTO_UDP, NULL),
                          free_port(IPPROTO_TCP, "127.0.0.1"),
                          free_port(IPPROTO_TCP, other_address())};
    int manager = manager_start(), settled = 0;
    struct passed_list kept = {0};
    struct fdstore *store = fdstore_new(loop, on_settled, &settled);
    struct holds *h = holds_new(store);

    for (size_t i = 0; i < ARRAY_LEN(v); i++)
        is_int(holds_take(h, &v[i]), 0, "port %zu is held", i);
    keep(manager, &kept);
    is_int((long long)kept.n, ARRAY_LEN(v), "the manager has a copy of each");
    fdstore_free(store);
    holds_free(h);
    ok(!is_free(SOCK_STREAM, v[0].host_port), "TCP stays held without the agent");
    ok(!is_free(SOCK_DGRAM, v[1].host_port), "so does UDP");

    store = fdstore_new(loop, on_settled, &settled);
    h = holds_new(store);
    is_int((long long)holds_adopt(h, &kept), ARRAY_LEN(v), "the next one takes them over");
    passed_done(&kept);
    for (size_t i = 0; i < ARRAY_LEN(v); i++)
        is_int(holds_take(h, &v[i]), 0, "port %zu is held", i);
    is_int(holds_rest(h, IPPROTO_TCP, v[2].host_port), 0, "a port rests at its address");
    is_int((long long)holds_count(h), ARRAY_LEN(v), "each once");
    keep(manager, &kept);
    is_int((long long)kept.n, 0, "none of them is sent again");
    holds_keep_only(h, v, 1, &none);
    is_int((long long)holds_count(h), 1, "what nobody needs goes");
    for (int i = 0; i < PATIENCE && settled < 2;
         i++) { /* a fence for the first, one for the rest */
        keep(manager, &kept);
        ev_run(loop, EVRUN_NOWAIT);
    }
    ok(is_free(SOCK_DGRAM, v[1].host_port), "and is free");
    ok(!is_free(SOCK_STREAM, v[0].host_port), "the other is not");
    fdstore_free(store);
    holds_free(h);
    manager_stop(manager);
}

/* A port that is wanted again before the manager has let it go. */
static void test_again(void)
{
    struct mapping m = free_port(IPPROTO_TCP, NULL);
    int manager = manager_start(), settled = 0;
    struct passed_list kept = {0};
    struct fdstore *store = fdstore_new(loop, on_settled, &settled);
    struct holds *h = holds_new(store);

    holds_take(h, &m);
    keep(manager, &kept);
    holds_keep_only(h, NULL, 0, &none);
    is_int((long long)holds_count(h), 0, "let go");
    ok(!is_free(SOCK_STREAM, m.host_port), "the manager has it still");
    is_int(holds_take(h, &m), 0, "it can be held again");
    passed_done(&kept);
    keep(manager, &kept);
    is_int((long long)kept.n, 1, "and is sent again");
    fdstore_free(store);
    holds_free(h);
    ok(!is_free(SOCK_STREAM, m.host_port), "so that it outlives the agent again");
    passed_done(&kept);
    ok(is_free(SOCK_STREAM, m.host_port), "as long as the manager has it");
    manager_stop(manager);
}

/* Is 'fd' taken over under 'name'? It is closed. */
static void refuses(int fd, const char *name, const char *what)
{
    struct passed_list l = {0};
    int manager = manager_start(), settled = 0;
    struct fdstore *store = fdstore_new(loop, on_settled, &settled);
    struct holds *h = holds_new(store);

    ok(fd >= 0, "%s: it is there", what);
    add_passed(&l, name, fd);
    is_int((long long)holds_adopt(h, &l), 0, "%s: refused", what);
    is_int((long long)passed_refuse(&l), 1, "%s: and left", what);
    fdstore_free(store);
    holds_free(h);
    manager_stop(manager);
}

static char *name_of(char letter, uint16_t port)
{
    return xasprintf("%c%u-7f000001", letter, (unsigned)port);
}

/* Sockets at 127.0.0.1 under the right name that are no deaf ones, and the reverse. */
static void test_strangers(void)
{
    uint16_t p[8] = {0};
    int listening = bind_port(SOCK_STREAM, "127.0.0.1", &p[0], 0);
    int reused = bind_port(SOCK_STREAM, "127.0.0.1", &p[1], SO_REUSEADDR);
    int shared = bind_port(SOCK_DGRAM, "127.0.0.1", &p[2], SO_REUSEPORT);
    int connected = bind_port(SOCK_DGRAM, "127.0.0.1", &p[3], 0);
    int good = bind_port(SOCK_STREAM, "127.0.0.1", &p[4], 0);
    struct sockaddr_in peer = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    CLEAN(free_str) char *n0 = name_of('t', p[0]), *n1 = name_of('t', p[1]);
    CLEAN(free_str) char *n2 = name_of('u', p[2]), *n3 = name_of('u', p[3]);
    CLEAN(free_str) char *n4 = name_of('u', p[4]);
    int ends[2] = {-1, -1};

    listen(listening, 1);
    ok(!connect(connected, (struct sockaddr *)&peer, sizeof peer) && !pipe(ends), "prepared");
    refuses(listening, n0, "one that listens");
    refuses(reused, n1, "one that others may bind beside");
    refuses(shared, n2, "one that others may share");
    refuses(connected, n3, "one that is connected");
    refuses(good, n4, "a name of another protocol");
    refuses(ends[0], "t28001", "no socket");
    refuses(ends[1], "", "no name");
    refuses(socket(AF_INET, SOCK_STREAM, 0), "t0", "one that is not bound");
    refuses(socket(AF_UNIX, SOCK_STREAM, 0), "t28001", "one of another family");
}

static void test_names(void)
{
    struct mapping m = {.protocol = IPPROTO_TCP, .host_port = 28001};
    CLEAN(free_str) char *everywhere = hold_socket_name(&m);

    m.protocol = IPPROTO_SCTP;
    ipaddr_parse("192.0.2.1", &m.host_addr);
    CLEAN(free_str) char *one = hold_socket_name(&m);
    m.protocol = IPPROTO_UDP;
    ipaddr_parse("2001:db8::1", &m.host_addr);
    CLEAN(free_str) char *six = hold_socket_name(&m);
    is_str(everywhere, "t28001", "the name at every address");
    is_str(one, "s28001-c0000201", "at one");
    is_str(six, "u28001-20010db8000000000000000000000001", "at one of IPv6");
}

int main(void)
{
    loop = ev_default_loop(0);
    test_names();
    test_restart();
    test_again();
    test_strangers();
    ev_loop_destroy(loop);
    return tap_done();
}
