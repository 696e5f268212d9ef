#include "lb-template/dns_exchange.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/sbuf.h"
#include "lib/xmalloc.h"

#define UDP_TRIES 3
#define UDP_TIMEOUT 1.5  /* seconds for one try */
#define TCP_TIMEOUT 10.0 /* seconds without a byte */
#define ALL_TIMEOUT 120. /* seconds for everything */

struct dns_exchange {
    struct ev_loop *loop;
    struct dns_exchange_call call;
    bool tcp;
    bool connected;  /* of TCP */
    unsigned tries;  /* over UDP */
    double deadline; /* of everything */
    size_t sent;     /* bytes, with the length before them */
    size_t received;
    struct sbuf in; /* of TCP: what is not a whole answer yet */
    ev_io io;
    ev_timer timer;
};

static int open_socket(struct dns_exchange *x, struct err **err);
static void close_socket(struct dns_exchange *x);
static void begin(struct dns_exchange *x, bool tcp);
static void on_socket(struct ev_loop *loop, ev_io *w, int events);
static void on_timer(struct ev_loop *loop, ev_timer *w, int events);
static void send_datagram(struct dns_exchange *x);
static void read_datagram(struct dns_exchange *x);
static void serve_stream(struct dns_exchange *x, int events);
static int write_stream(struct dns_exchange *x);
static void read_stream(struct dns_exchange *x);
static bool take_answers(struct dns_exchange *x);
static bool take(struct dns_exchange *x, const uint8_t *answer, size_t len);
static void wait_for(struct dns_exchange *x, int events, double timeout);
static void fail(struct dns_exchange *x, int code, const char *what);
static void end(struct dns_exchange *x, struct err *err);

struct dns_exchange *dns_exchange_start(struct ev_loop *loop, const struct dns_exchange_call *call)
{
    struct dns_exchange *x = xcalloc(1, sizeof *x);

    x->loop = loop;
    x->call = *call;
    x->deadline = ev_now(loop) + ALL_TIMEOUT;
    ev_io_init(&x->io, on_socket, -1, EV_NONE);
    ev_timer_init(&x->timer, on_timer, 0., 0.);
    x->io.data = x->timer.data = x;
    x->tcp = call->tcp || call->len > DNS_UDP_MAX;
    ev_timer_start(loop, &x->timer); /* begins there: an error is told from the loop */
    return x;
}

void dns_exchange_cancel(struct dns_exchange *x)
{
    if (!x)
        return;
    close_socket(x);
    ev_timer_stop(x->loop, &x->timer);
    sbuf_done(&x->in);
    free(x);
}

/* ---- the socket ---- */

static socklen_t socket_address(const struct dns_exchange_call *c, struct sockaddr_storage *ret)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(c->port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(c->port)};

    memcpy(&in.sin_addr, c->server.b, sizeof in.sin_addr);
    memcpy(&in6.sin6_addr, c->server.b, sizeof in6.sin6_addr);
    if (c->server.family == AF_INET6) {
        memcpy(ret, &in6, sizeof in6);
        return sizeof in6;
    }
    memcpy(ret, &in, sizeof in);
    return sizeof in;
}

static int open_socket(struct dns_exchange *x, struct err **err)
{
    struct sockaddr_storage address = {0};
    socklen_t len = socket_address(&x->call, &address);
    int type = x->tcp ? SOCK_STREAM : SOCK_DGRAM;
    int fd = socket(address.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return err_set_errno(err, errno, "cannot open a socket to the DNS server");
    if (connect(fd, (struct sockaddr *)&address, len) && errno != EINPROGRESS) {
        int code = errno;

        close(fd);
        return err_set_errno(err, code, "cannot connect to the DNS server");
    }
    ev_io_set(&x->io, fd, EV_NONE);
    return 0;
}

static void close_socket(struct dns_exchange *x)
{
    if (x->io.fd < 0)
        return;
    ev_io_stop(x->loop, &x->io);
    close(x->io.fd);
    ev_io_set(&x->io, -1, EV_NONE);
}

static void begin(struct dns_exchange *x, bool tcp)
{
    struct err *err = NULL;

    close_socket(x);
    sbuf_clear(&x->in);
    x->tcp = tcp;
    x->sent = 0;
    x->connected = false;
    if (open_socket(x, &err))
        end(x, err);
    else if (tcp)
        wait_for(x, EV_WRITE, TCP_TIMEOUT);
    else
        send_datagram(x);
}

static void on_socket(struct ev_loop *loop, ev_io *w, int events)
{
    struct dns_exchange *x = w->data;

    (void)loop;
    if (x->tcp)
        serve_stream(x, events);
    else
        read_datagram(x);
}

/* The start; or the time for an answer is over. */
static void on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
    struct dns_exchange *x = w->data;

    (void)loop;
    (void)events;
    if (x->io.fd < 0)
        begin(x, x->tcp);
    else if (x->tcp)
        fail(x, ETIMEDOUT, "the DNS server does not answer over TCP");
    else if (x->tries < UDP_TRIES)
        send_datagram(x);
    else
        begin(x, true);
}

/* ---- UDP ---- */

/* Where it cannot be sent, or nobody listens, TCP may do better, or says what is wrong. */
static void send_datagram(struct dns_exchange *x)
{
    x->tries++;
    if (send(x->io.fd, x->call.question, x->call.len, MSG_NOSIGNAL) < 0 && errno != EAGAIN)
        begin(x, true);
    else
        wait_for(x, EV_READ, UDP_TIMEOUT);
}

static void read_datagram(struct dns_exchange *x)
{
    uint8_t answer[65535];

    ssize_t n = recv(x->io.fd, answer, sizeof answer, 0);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        begin(x, true);
    else if (n >= 0)
        take(x, answer, (size_t)n);
}

/* ---- TCP ---- */

static void serve_stream(struct dns_exchange *x, int events)
{
    int code = 0;
    socklen_t len = sizeof code;

    if (!x->connected) {
        if (getsockopt(x->io.fd, SOL_SOCKET, SO_ERROR, &code, &len) || code) {
            fail(x, code ? code : errno, "cannot connect to the DNS server over TCP");
            return;
        }
        x->connected = true;
    }
    if (x->sent < x->call.len + 2) {
        if (write_stream(x))
            fail(x, errno, "cannot send to the DNS server");
    } else if (events & EV_READ) {
        read_stream(x);
    }
}

/* The length comes before the question. */
static int write_stream(struct dns_exchange *x)
{
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;
    uint8_t length[2] = {(uint8_t)(x->call.len >> 8), (uint8_t)x->call.len};

    sbuf_add(&out, length, sizeof length);
    sbuf_add(&out, x->call.question, x->call.len);
    ssize_t n = send(x->io.fd, out.data + x->sent, out.len - x->sent, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return -1;
    x->sent += n > 0 ? (size_t)n : 0;
    wait_for(x, x->sent < out.len ? EV_WRITE : EV_READ, TCP_TIMEOUT);
    return 0;
}

static void read_stream(struct dns_exchange *x)
{
    char buffer[16384];
    ssize_t n = recv(x->io.fd, buffer, sizeof buffer, 0);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        fail(x, n ? errno : ECONNRESET, "the DNS server has closed the connection");
        return;
    }
    sbuf_add(&x->in, buffer, (size_t)n);
    if (take_answers(x))
        wait_for(x, EV_READ, TCP_TIMEOUT);
}

/* Returns false where the exchange has ended. */
static bool take_answers(struct dns_exchange *x)
{
    while (x->in.len >= 2) {
        const uint8_t *data = (const uint8_t *)x->in.data;
        size_t len = (size_t)data[0] << 8 | data[1];

        if (x->in.len < len + 2)
            break;
        if (!take(x, data + 2, len))
            return false;
        sbuf_drop(&x->in, len + 2);
    }
    return true;
}

/* ---- both ---- */

/* Returns false where there is nothing more to read here: it has ended, or goes on over TCP. */
static bool take(struct dns_exchange *x, const uint8_t *answer, size_t len)
{
    x->received += len;
    if (x->received > DNS_ANSWERS_MAX) {
        fail(x, EMSGSIZE, "the DNS server answers too much");
        return false;
    }
    switch (x->call.on_answer(x->call.arg, answer, len)) {
    case DNS_REPLY_STRANGE:
    case DNS_REPLY_MORE:
        return true;
    case DNS_REPLY_TRUNCATED:
        if (x->tcp)
            fail(x, EBADMSG, "the DNS server cuts its answer short over TCP");
        else
            begin(x, true);
        return false;
    case DNS_REPLY_LAST:
        end(x, NULL);
        return false;
    }
    return false;
}

static void wait_for(struct dns_exchange *x, int events, double timeout)
{
    int fd = x->io.fd;

    ev_io_stop(x->loop, &x->io);
    ev_io_set(&x->io, fd, events);
    ev_io_start(x->loop, &x->io);
    ev_timer_stop(x->loop, &x->timer);
    double left = x->deadline - ev_now(x->loop);
    ev_timer_set(&x->timer, left < timeout ? (left > 0. ? left : 0.) : timeout, 0.);
    ev_timer_start(x->loop, &x->timer);
}

static void fail(struct dns_exchange *x, int code, const char *what)
{
    struct err *err = NULL;

    err_set_errno(&err, code, "%s", what);
    end(x, err);
}

/* Takes 'err' over. */
static void end(struct dns_exchange *x, struct err *err)
{
    struct dns_exchange_call call = x->call;

    dns_exchange_cancel(x);
    call.on_end(call.arg, err);
    err_free(err);
}
