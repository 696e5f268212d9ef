#include "lb-template/rtconn.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/sbuf.h"
#include "lib/xmalloc.h"

#define PROMPT "\n> "

struct rtconn {
    struct ev_loop *loop;
    char *path;
    bool master;
    size_t n_commands;
    int fd; /* -1: the connection could not be made */
    struct err *err;
    struct sbuf out;
    struct sbuf in;
    size_t sent;
    size_t answered; /* bytes of 'in' that have been cut into answers */
    size_t scanned;  /* bytes of 'in' without a prompt */
    bool greeted;    /* the answer to "prompt" itself has come */
    struct strv answers;
    double timeout;
    ev_io readable;
    ev_io writable;
    ev_timer timer;
    void (*on_done)(void *arg, const struct strv *answers, const struct err *err);
    void *arg;
};

static void compose(struct rtconn *c, const struct strv *commands);
static int open_socket(const char *path, struct err **err);
static void on_readable(struct ev_loop *loop, ev_io *w, int events);
static void on_writable(struct ev_loop *loop, ev_io *w, int events);
static void on_timer(struct ev_loop *loop, ev_timer *w, int events);
static void on_end_of_file(struct rtconn *c);
static void cut_answers(struct rtconn *c);
static void fail(struct rtconn *c, int code, const char *what);
static void finish(struct rtconn *c);
static void rtconn_free(struct rtconn *c);

struct rtconn *rtconn_start(struct ev_loop *loop, const struct rtconn_call *call)
{
    struct rtconn *c = xcalloc(1, sizeof *c);

    c->loop = loop;
    c->path = xstrdup(call->path);
    c->master = call->master;
    c->n_commands = call->commands->n;
    c->timeout = call->timeout;
    c->on_done = call->on_done;
    c->arg = call->arg;
    compose(c, call->commands);
    c->fd = open_socket(call->path, &c->err);
    ev_timer_init(&c->timer, on_timer, 0., call->timeout);
    c->timer.data = c;
    ev_io_init(&c->readable, on_readable, c->fd, EV_READ);
    ev_io_init(&c->writable, on_writable, c->fd, EV_WRITE);
    c->readable.data = c->writable.data = c;
    if (c->fd >= 0) {
        ev_io_start(loop, &c->readable);
        ev_io_start(loop, &c->writable);
        ev_timer_again(loop, &c->timer);
    } else {
        ev_timer_start(loop, &c->timer); /* fires at once: never call back inline */
    }
    return c;
}

void rtconn_cancel(struct rtconn *c)
{
    if (c)
        rtconn_free(c);
}

static void compose(struct rtconn *c, const struct strv *commands)
{
    if (!c->master)
        sbuf_adds(&c->out, "prompt\n");
    for (size_t i = 0; i < commands->n; i++) {
        sbuf_adds(&c->out, commands->v[i]);
        sbuf_addch(&c->out, '\n');
    }
}

static int open_socket(const char *path, struct err **err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof address.sun_path)
        return err_set(err, "the path of the socket is too long: %s", path);
    memcpy(address.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_set_errno(err, errno, "cannot make a socket");
    if (connect(fd, (struct sockaddr *)&address, sizeof address)) {
        err_set_errno(err, errno, "cannot connect to HAProxy at %s", path);
        close(fd);
        return -1;
    }
    return fd;
}

static void on_writable(struct ev_loop *loop, ev_io *w, int events)
{
    struct rtconn *c = w->data;
    ssize_t n = send(c->fd, c->out.data + c->sent, c->out.len - c->sent, MSG_NOSIGNAL);

    (void)events;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0) { /* what HAProxy said before it closed is still to be read */
        ev_io_stop(loop, w);
        return;
    }
    c->sent += (size_t)n;
    if (c->sent < c->out.len)
        return;
    ev_io_stop(loop, w);
    if (c->master) /* it closes only when we have */
        shutdown(c->fd, SHUT_WR);
}

static void on_readable(struct ev_loop *loop, ev_io *w, int events)
{
    struct rtconn *c = w->data;
    char chunk[16384];
    ssize_t n = recv(c->fd, chunk, sizeof chunk, 0);

    (void)events;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0 && errno != ECONNRESET) {
        fail(c, errno, "cannot read from HAProxy");
    } else if (n <= 0) {
        on_end_of_file(c);
    } else if (c->in.len + (size_t)n > RTCONN_ANSWERS_MAX) {
        fail(c, EFBIG, "HAProxy's answers are too long");
    } else {
        ev_timer_again(loop, &c->timer);
        sbuf_add(&c->in, chunk, (size_t)n);
        if (!c->master)
            cut_answers(c);
    }
}

static void on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
    struct rtconn *c = w->data;

    (void)loop;
    (void)events;
    if (c->err)
        finish(c);
    else
        fail(c, ETIMEDOUT, "HAProxy does not answer");
}

static void on_end_of_file(struct rtconn *c)
{
    if (!c->master) {
        fail(c, ECONNRESET, "HAProxy closed the connection");
        return;
    }
    strv_add(&c->answers, sbuf_str(&c->in));
    finish(c);
}

/* Each prompt ends an answer; the first one answers "prompt". */
static void cut_answers(struct rtconn *c)
{
    char *at;

    while (c->answers.n < c->n_commands && (at = strstr(c->in.data + c->scanned, PROMPT))) {
        char *begin = c->in.data + c->answered;

        if (c->greeted)
            strv_addn(&c->answers, begin, (size_t)(at - begin));
        c->greeted = true;
        c->answered = c->scanned = (size_t)(at - c->in.data) + strlen(PROMPT);
    }
    if (c->greeted && c->answers.n == c->n_commands) {
        finish(c);
        return;
    }
    size_t tail = strlen(PROMPT) - 1;
    if (c->in.len > c->scanned + tail)
        c->scanned = c->in.len - tail;
}

static void fail(struct rtconn *c, int code, const char *what)
{
    err_set_errno(&c->err, code, "%s at %s", what, c->path);
    finish(c);
}

static void finish(struct rtconn *c)
{
    ev_io_stop(c->loop, &c->readable);
    ev_io_stop(c->loop, &c->writable);
    ev_timer_stop(c->loop, &c->timer);
    c->on_done(c->arg, c->err ? NULL : &c->answers, c->err);
    rtconn_free(c);
}

static void rtconn_free(struct rtconn *c)
{
    ev_io_stop(c->loop, &c->readable);
    ev_io_stop(c->loop, &c->writable);
    ev_timer_stop(c->loop, &c->timer);
    if (c->fd >= 0)
        close(c->fd);
    err_free(c->err);
    strv_done(&c->answers);
    sbuf_done(&c->out);
    sbuf_done(&c->in);
    free(c->path);
    free(c);
}
