#include "registrator/vmprobe.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/xmalloc.h"

#define ANSWER_MAX (1024 * 1024) /* bytes of an HTTP answer; a larger one counts as bad */

struct vm_probe {
    struct ev_loop *loop;
    struct vm_check check; /* borrows nothing: the path is used at the start alone */
    struct http_request *request;
    int fd;         /* of a TCP check, or -1 */
    int start_code; /* why it failed at once, or 0 */
    ev_io io;
    ev_timer timer;
    void (*on_done)(void *arg, const struct err *err);
    void *arg;
};

static void start_tcp(struct vm_probe *p, const struct ipaddr *address, uint16_t port);
static void start_http(struct vm_probe *p, struct http *http, const struct ipaddr *address,
                       uint16_t port);
static void on_connected(struct ev_loop *loop, ev_io *w, int events);
static void on_timer(struct ev_loop *loop, ev_timer *w, int events);
static void on_answer(void *arg, const struct http_answer *answer);
static void finish(struct vm_probe *p, const struct err *err);
static socklen_t fill(struct sockaddr_storage *ret, const struct ipaddr *a, uint16_t port);

struct vm_probe *vm_probe_start(struct ev_loop *loop, struct http *http,
                                const struct vm_check *check, const struct ipaddr *address,
                                uint16_t port, void (*on_done)(void *arg, const struct err *err),
                                void *arg)
{
    struct vm_probe *p = xcalloc(1, sizeof *p);

    p->loop = loop;
    p->check = *check;
    p->fd = -1;
    p->on_done = on_done;
    p->arg = arg;
    ev_timer_init(&p->timer, on_timer, 0., 0.);
    ev_io_init(&p->io, on_connected, -1, EV_WRITE);
    p->timer.data = p->io.data = p;
    if (check->type == VM_CHECK_HTTP)
        start_http(p, http, address, port);
    else
        start_tcp(p, address, port);
    return p;
}

void vm_probe_cancel(struct vm_probe *p)
{
    if (!p)
        return;
    http_cancel(p->request);
    ev_io_stop(p->loop, &p->io);
    ev_timer_stop(p->loop, &p->timer);
    if (p->fd >= 0)
        close(p->fd);
    free(p);
}

static void start_tcp(struct vm_probe *p, const struct ipaddr *address, uint16_t port)
{
    struct sockaddr_storage peer = {0};
    socklen_t len = fill(&peer, address, port);
    double patience = p->check.timeout;

    p->fd = socket(address->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (p->fd < 0 || (connect(p->fd, (struct sockaddr *)&peer, len) && errno != EINPROGRESS)) {
        p->start_code = errno;
        patience = 0.;
    } else {
        ev_io_set(&p->io, p->fd, EV_WRITE);
        ev_io_start(p->loop, &p->io);
    }
    ev_timer_set(&p->timer, patience, 0.);
    ev_timer_start(p->loop, &p->timer);
}

/* The connection is not kept: the next check shall make one, too. */
static void start_http(struct vm_probe *p, struct http *http, const struct ipaddr *address,
                       uint16_t port)
{
    static const char *const headers[] = {"Connection: close", "User-Agent: berth", NULL};
    char host[IPADDR_STRLEN];
    CLEAN(free_str)
    char *url = xasprintf("http://%s%s", ipaddr_format_port(address, port, host), p->check.path);

    p->request = http_start(http, &(struct http_call){.url = url,
                                                      .headers = headers,
                                                      .max_body = ANSWER_MAX,
                                                      .timeout = p->check.timeout,
                                                      .on_done = on_answer,
                                                      .arg = p});
}

static void on_connected(struct ev_loop *loop, ev_io *w, int events)
{
    struct vm_probe *p = w->data;
    CLEAN(err) struct err *err = NULL;
    socklen_t len = sizeof(int);
    int code = 0;

    (void)loop;
    (void)events;
    if (getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &code, &len))
        code = errno;
    if (code)
        err_set_errno(&err, code, "cannot connect");
    finish(p, err);
}

static void on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
    struct vm_probe *p = w->data;
    CLEAN(err) struct err *err = NULL;

    (void)loop;
    (void)events;
    if (p->start_code)
        err_set_errno(&err, p->start_code, "cannot connect");
    else
        err_set(&err, "no connection within %g s", p->check.timeout);
    finish(p, err);
}

static void on_answer(void *arg, const struct http_answer *answer)
{
    struct vm_probe *p = arg;
    CLEAN(err) struct err *err = NULL;

    p->request = NULL;
    if (answer->err)
        err_set(&err, "%s", err_msg(answer->err));
    else if (answer->status < 200 || answer->status > 399)
        err_set(&err, "HTTP status %ld", answer->status);
    finish(p, err);
}

static void finish(struct vm_probe *p, const struct err *err)
{
    void (*on_done)(void *, const struct err *) = p->on_done;
    void *arg = p->arg;

    vm_probe_cancel(p);
    on_done(arg, err);
}

static socklen_t fill(struct sockaddr_storage *ret, const struct ipaddr *a, uint16_t port)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;

    if (a->family == AF_INET) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        memcpy(&v4->sin_addr, a->b, sizeof v4->sin_addr);
        return sizeof *v4;
    }
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    memcpy(&v6->sin6_addr, a->b, sizeof v6->sin6_addr);
    return sizeof *v6;
}
