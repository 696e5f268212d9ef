#include "portmap/watch.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "lib/xmalloc.h"
#include "portmap/notice.h"

#define BUFFER_SIZE 65536            /* bytes; a longer notification counts as lost */
#define QUEUE_SIZE (4 * 1024 * 1024) /* bytes of notifications that the kernel keeps for us */
#define READS_MAX 256                /* per turn of the loop: others want to be served, too */

/* One socket that listens. */
struct ear {
    struct watch *watch;
    struct mnl_socket *socket;
    bool (*concerns_us)(struct watch *w, size_t len); /* what is in the buffer */
    ev_io io;
};

struct watch {
    struct ev_loop *loop;
    void (*on_change)(void *arg);
    uint32_t (*own_port)(void *arg);
    void *arg;
    struct ear rules, links;
    ev_timer pause; /* runs out when 'on_change' may be called again */
    bool changed;   /* and has not been told */
    _Alignas(8) char buffer[BUFFER_SIZE];
};

static int open_ear(struct watch *w, struct ear *ear, int bus, int group, struct err **err);
static void close_ear(struct watch *w, struct ear *ear);
static void on_readable(struct ev_loop *loop, ev_io *io, int events);
static bool is_foreign_rule(struct watch *w, size_t len);
static bool is_bridge_port(struct watch *w, size_t len);
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
    w->rules.concerns_us = is_foreign_rule;
    w->links.concerns_us = is_bridge_port;
    ev_timer_init(&w->pause, on_pause_over, WATCH_PAUSE, 0.);
    w->pause.data = w;
    if (open_ear(w, &w->rules, NETLINK_NETFILTER, NFNLGRP_NFTABLES, err) < 0 ||
        open_ear(w, &w->links, NETLINK_ROUTE, RTNLGRP_LINK, err) < 0) {
        watch_free(w);
        return NULL;
    }
    return w;
}

void watch_free(struct watch *w)
{
    if (!w)
        return;
    ev_timer_stop(w->loop, &w->pause);
    close_ear(w, &w->rules);
    close_ear(w, &w->links);
    free(w);
}

static int open_ear(struct watch *w, struct ear *ear, int bus, int group, struct err **err)
{
    int size = QUEUE_SIZE;

    ear->socket = mnl_socket_open2(bus, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (!ear->socket)
        return err_set_errno(err, errno, "cannot open a netlink socket");
    int fd = mnl_socket_get_fd(ear->socket);
    /* A smaller queue only loses more, which is noticed. */
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    if (mnl_socket_bind(ear->socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
        mnl_socket_setsockopt(ear->socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0)
        return err_set_errno(err, errno, "cannot listen to the kernel's notifications");
    ear->watch = w;
    ev_io_init(&ear->io, on_readable, fd, EV_READ);
    ear->io.data = ear;
    ev_io_start(w->loop, &ear->io);
    return 0;
}

static void close_ear(struct watch *w, struct ear *ear)
{
    ev_io_stop(w->loop, &ear->io);
    if (ear->socket)
        mnl_socket_close(ear->socket);
}

static void on_readable(struct ev_loop *loop, ev_io *io, int events)
{
    struct ear *ear = io->data;
    struct watch *w = ear->watch;
    bool changed = false;

    (void)loop;
    (void)events;
    for (int i = 0; i < READS_MAX; i++) {
        ssize_t n = mnl_socket_recvfrom(ear->socket, w->buffer, sizeof w->buffer);

        if (n >= 0)
            changed = changed || ear->concerns_us(w, (size_t)n);
        else if (errno == EAGAIN)
            break;
        else if (errno != EINTR)
            changed = true; /* ENOBUFS or ENOSPC: we have not seen everything */
    }
    if (changed)
        tell(w);
}

static bool is_foreign_rule(struct watch *w, size_t len)
{
    return notice_concerns_us(w->buffer, len, w->own_port(w->arg));
}

static bool is_bridge_port(struct watch *w, size_t len)
{
    return notice_of_bridge_port(w->buffer, len);
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
