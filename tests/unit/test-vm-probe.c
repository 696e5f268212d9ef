/* Checks against sockets of this program, on 127.0.0.1. */
#include "registrator/vmprobe.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/sbuf.h"
#include "tests/tap.h"

/* What a check said. */
struct result {
    struct ev_loop *loop;
    int calls;
    char said[200]; /* "" for good */
};

/* Answers every connection with 'text' and closes it. */
struct server {
    int fd;
    uint16_t port;
    const char *text;
    ev_io io;
};

static void on_done(void *arg, const struct err *err)
{
    struct result *r = arg;
    struct sbuf b = SBUF_INIT;

    r->calls++;
    sbuf_adds(&b, err ? err_msg(err) : "");
    memcpy(r->said, sbuf_str(&b), b.len < sizeof r->said ? b.len + 1 : 0);
    sbuf_done(&b);
    ev_break(r->loop, EVBREAK_ALL);
}

static void on_accept(struct ev_loop *loop, ev_io *w, int events)
{
    struct server *s = w->data;
    char request[2048];
    int fd = accept(s->fd, NULL, NULL);

    (void)loop;
    (void)events;
    if (fd < 0)
        return;
    if (*s->text && recv(fd, request, sizeof request, 0) > 0)
        ok(send(fd, s->text, strlen(s->text), 0) > 0, "the server answers");
    close(fd);
}

/* Opens a listening socket; where 'text' is NULL it does not listen, and so refuses. */
static void server_open(struct server *s, struct ev_loop *loop, const char *text)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;

    s->text = text;
    s->fd = socket(AF_INET, SOCK_STREAM, 0);
    ok(!bind(s->fd, (struct sockaddr *)&a, sizeof a) && (!text || !listen(s->fd, 8)) &&
           !getsockname(s->fd, (struct sockaddr *)&a, &len),
       "a socket of our own");
    s->port = ntohs(a.sin_port);
    ev_io_init(&s->io, on_accept, s->fd, EV_READ);
    s->io.data = s;
    if (text)
        ev_io_start(loop, &s->io);
}

static void server_close(struct server *s, struct ev_loop *loop)
{
    ev_io_stop(loop, &s->io);
    close(s->fd);
}

static void test_check(struct ev_loop *loop, struct http *http, const struct vm_check *check,
                       const char *text, const char *wanted, const char *name)
{
    struct result r = {.loop = loop};
    struct ipaddr address;
    struct server s;

    server_open(&s, loop, text);
    ipaddr_parse("127.0.0.1", &address);
    vm_probe_start(loop, http, check, &address, s.port, on_done, &r);
    is_int(r.calls, 0, "%s: nothing is told at once", name);
    ev_run(loop, 0);
    is_int(r.calls, 1, "%s: it is told once", name);
    is_str(r.said, wanted, "%s", name);
    server_close(&s, loop);
}

static void test_cancel(struct ev_loop *loop, struct http *http, const struct vm_check *check)
{
    struct result r = {.loop = loop};
    struct ipaddr address;
    struct server s;

    server_open(&s, loop, "");
    ipaddr_parse("127.0.0.1", &address);
    vm_probe_cancel(vm_probe_start(loop, http, check, &address, s.port, on_done, &r));
    vm_probe_cancel(NULL);
    ev_run(loop, EVRUN_NOWAIT);
    is_int(r.calls, 0, "a cancelled check tells nothing");
    server_close(&s, loop);
}

int main(void)
{
    static char path[] = "/health";
    const struct vm_check tcp = {.type = VM_CHECK_TCP, .timeout = 60.};
    const struct vm_check get = {.type = VM_CHECK_HTTP, .path = path, .timeout = 60.};
    const struct vm_check hasty = {.type = VM_CHECK_HTTP, .path = path, .timeout = .05};
    struct ev_loop *loop = ev_default_loop(0);
    struct http *http = http_new(loop);

    test_check(loop, http, &tcp, "", "", "a connection is enough");
    test_check(loop, http, &tcp, NULL, "cannot connect: Connection refused", "refused");
    test_check(loop, http, &get, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "", "200");
    test_check(loop, http, &get, "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", "", "302");
    test_check(loop, http, &get, "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", "HTTP status 503",
               "503");
    test_check(loop, http, &get, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", "HTTP status 404",
               "404");
    test_cancel(loop, http, &tcp);
    test_cancel(loop, http, &get);

    /* A server that accepts in the kernel and never answers. */
    struct result r = {.loop = loop};
    struct ipaddr address;
    struct server s;
    server_open(&s, loop, "");
    ev_io_stop(loop, &s.io);
    ipaddr_parse("127.0.0.1", &address);
    vm_probe_start(loop, http, &hasty, &address, s.port, on_done, &r);
    ev_run(loop, 0);
    ok(*r.said != '\0', "who does not answer in time does not work: %s", r.said);
    server_close(&s, loop);
    http_free(http);
    ev_loop_destroy(loop);
    return tap_done();
}
