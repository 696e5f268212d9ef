#include "lb-template/exits.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/xmalloc.h"

/* The loop has its address, so each stands by itself. */
struct watched {
    struct exits *exits;
    ev_io io;  /* a pidfd: readable when the process ends */
    pid_t pid; /* 0: none */
};

struct exits {
    struct ev_loop *loop;
    struct watched **v;
    size_t n, cap;
    void (*on_exit)(void *arg);
    void *arg;
};

static void on_end(struct ev_loop *loop, ev_io *io, int events);
static void unwatch(struct watched *w);

struct exits *exits_new(struct ev_loop *loop, void (*on_exit)(void *arg), void *arg)
{
    struct exits *e = xcalloc(1, sizeof *e);

    e->loop = loop;
    e->on_exit = on_exit;
    e->arg = arg;
    return e;
}

void exits_free(struct exits *e)
{
    if (!e)
        return;
    for (size_t i = 0; i < e->n; i++) {
        unwatch(e->v[i]);
        free(e->v[i]);
    }
    free(e->v);
    free(e);
}

void exits_watch(struct exits *e, size_t at, pid_t pid)
{
    while (e->n <= at) {
        struct watched *w = xcalloc(1, sizeof *w);

        w->exits = e;
        ev_io_init(&w->io, on_end, -1, EV_READ);
        w->io.data = w;
        e->v = xgrow(e->v, e->n, &e->cap, sizeof(struct watched *));
        e->v[e->n++] = w;
    }
    struct watched *w = e->v[at];
    if (w->pid == pid)
        return;
    unwatch(w);
    int fd = pid ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
    if (fd < 0) {
        if (pid && errno == ESRCH)
            e->on_exit(e->arg);
        return;
    }
    w->pid = pid;
    ev_io_set(&w->io, fd, EV_READ);
    ev_io_start(e->loop, &w->io);
}

static void on_end(struct ev_loop *loop, ev_io *io, int events)
{
    struct watched *w = io->data;

    (void)loop;
    (void)events;
    unwatch(w);
    w->exits->on_exit(w->exits->arg);
}

static void unwatch(struct watched *w)
{
    if (!w->pid)
        return;
    ev_io_stop(w->exits->loop, &w->io);
    close(w->io.fd);
    w->pid = 0;
}
