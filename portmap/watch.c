#include "portmap/watch.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "lib/xmalloc.h"
#include "portmap/notice.h"

#define BUFFER_SIZE 65536            /* bytes; a longer notification counts as lost */
#define QUEUE_SIZE (4 * 1024 * 1024) /* bytes of notifications that the kernel keeps for us */
#define READS_MAX 256                /* per turn of the loop: others want to be served, too */

struct watch {
    struct ev_loop *loop;
    void (*on_change)(void *arg);
    uint32_t (*own_port)(void *arg);
    void *arg;
    struct mnl_socket *socket;
    ev_io io;
    ev_timer pause; /* runs out when 'on_change' may be called again */
    bool changed;   /* and has not been told */
    _Alignas(8) char buffer[BUFFER_SIZE];
};

static int listen_to_kernel(struct watch *w, struct err **err);
static void on_readable(struct ev_loop *loop, ev_io *io, int events);
static void on_pause_over(struct ev_loop *loop, ev_timer *timer, int events);
static void tell(struct watch *w);

struct watch *watch_new(struct ev_loop *loop, void (*on_change)(void *arg),
                        uint32_t (*own_port)(void *arg), void *arg, struct err **err)
{
    struct watch *w = xcalloc(1, sizeof *w);

    w->loop = loop;
    w->on_change = on_change;
    w->own_port = own_port;
    w->arg = arg;
    ev_timer_init(&w->pause, on_pause_over, WATCH_PAUSE, 0.);
    w->pause.data = w;
    if (listen_to_kernel(w, err) < 0) {
        watch_free(w);
        return NULL;
    }
    ev_io_init(&w->io, on_readable, mnl_socket_get_fd(w->socket), EV_READ);
    w->io.data = w;
    ev_io_start(loop, &w->io);
    return w;
}

void watch_free(struct watch *w)
{
    if (!w)
        return;
    ev_timer_stop(w->loop, &w->pause);
    ev_io_stop(w->loop, &w->io);
    if (w->socket)
        mnl_socket_close(w->socket);
    free(w);
}

static int listen_to_kernel(struct watch *w, struct err **err)
{
    int group = NFNLGRP_NFTABLES, size = QUEUE_SIZE;

    w->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (!w->socket)
        return err_set_errno(err, errno, "cannot open a netlink socket");
    /* A smaller queue only loses more, which is noticed. */
    setsockopt(mnl_socket_get_fd(w->socket), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    if (mnl_socket_bind(w->socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
        mnl_socket_setsockopt(w->socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0)
        return err_set_errno(err, errno, "cannot listen to nf_tables' notifications");
    return 0;
}

static void on_readable(struct ev_loop *loop, ev_io *io, int events)
{
    struct watch *w = io->data;
    uint32_t own_port = w->own_port(w->arg);
    bool changed = false;

    (void)loop;
    (void)events;
    for (int i = 0; i < READS_MAX; i++) {
        ssize_t n = mnl_socket_recvfrom(w->socket, w->buffer, sizeof w->buffer);

        if (n >= 0) {
            changed = changed || notice_concerns_us(w->buffer, (size_t)n, own_port);
        } else if (errno == EAGAIN) {
            break;
        } else if (errno != EINTR) {
            changed = true; /* ENOBUFS or ENOSPC: we have not seen everything */
        }
    }
    if (changed)
        tell(w);
}

static void on_pause_over(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct watch *w = timer->data;

    (void)loop;
    (void)events;
    if (w->changed)
        tell(w);
}

static void tell(struct watch *w)
{
    w->changed = ev_is_active(&w->pause);
    if (w->changed)
        return;
    ev_timer_set(&w->pause, WATCH_PAUSE, 0.);
    ev_timer_start(w->loop, &w->pause);
    w->on_change(w->arg);
}
