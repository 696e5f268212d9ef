#include "registrator/dirwatch.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

#define EVENTS_BYTES 4096
#define TRIES 8 /* at a path that is being made while it is looked for */
#define WATCHED                                                                                    \
    (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF |    \
     IN_ONLYDIR)
#define WATCHED_ABOVE (IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

struct dir_watch {
    struct ev_loop *loop;
    char *path;
    void (*on_event)(void *arg);
    void *arg;
    int inotify; /* or -1 */
    ev_io io;
    int above;     /* watch of the directory above; -1: the directory is there */
    char *awaited; /* the name that is missing there */
};

static void on_readable(struct ev_loop *loop, ev_io *io, int events);
static void set_above(struct dir_watch *w, int watch);
static bool watch_above(struct dir_watch *w);
static bool concerns(const struct dir_watch *w, const struct inotify_event *event);

struct dir_watch *dir_watch_new(struct ev_loop *loop, const char *path, void (*on_event)(void *arg),
                                void *arg)
{
    struct dir_watch *w = xcalloc(1, sizeof *w);

    w->loop = loop;
    w->path = xstrdup(path);
    w->on_event = on_event;
    w->arg = arg;
    w->above = -1;
    w->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    ev_io_init(&w->io, on_readable, w->inotify, EV_READ);
    w->io.data = w;
    if (w->inotify >= 0)
        ev_io_start(loop, &w->io);
    return w;
}

void dir_watch_free(struct dir_watch *w)
{
    if (!w)
        return;
    ev_io_stop(w->loop, &w->io);
    if (w->inotify >= 0)
        close(w->inotify);
    free(w->path);
    free(w->awaited);
    free(w);
}

void dir_watch_renew(struct dir_watch *w)
{
    for (int i = 0; w->inotify >= 0 && i < TRIES; i++) {
        if (inotify_add_watch(w->inotify, w->path, WATCHED) >= 0) {
            set_above(w, -1);
            return;
        }
        if (!watch_above(w))
            return;
    }
}

static void set_above(struct dir_watch *w, int watch)
{
    if (w->above >= 0 && w->above != watch)
        inotify_rm_watch(w->inotify, w->above);
    w->above = watch;
}

/* Watches the nearest directory that exists. Returns whether what is missing in it is there by now:
 * then it must be looked for again. */
static bool watch_above(struct dir_watch *w)
{
    CLEAN(free_str) char *at = xstrdup(w->path);
    char *slash;

    while ((slash = strrchr(at, '/'))) {
        CLEAN(free_str) char *missing = xstrdup(at);

        free(w->awaited);
        w->awaited = xstrdup(slash + 1);
        slash[slash == at] = '\0';
        int watch = inotify_add_watch(w->inotify, at, WATCHED_ABOVE);
        if (watch >= 0) {
            set_above(w, watch);
            return !access(missing, F_OK);
        }
        if (!at[1])
            break;
    }
    set_above(w, -1);
    return false;
}

static void on_readable(struct ev_loop *loop, ev_io *io, int events)
{
    struct dir_watch *w = io->data;
    char buf[EVENTS_BYTES] __attribute__((aligned(__alignof__(struct inotify_event))));
    bool any = false;
    ssize_t n;

    (void)loop;
    (void)events;
    while ((n = read(w->inotify, buf, sizeof buf)) > 0) {
        const struct inotify_event *event;

        for (char *at = buf; at < buf + n; at += sizeof *event + event->len) {
            event = (const void *)at;
            any = any || concerns(w, event);
        }
    }
    if (any)
        w->on_event(w->arg);
}

/* Other names come and go above. */
static bool concerns(const struct dir_watch *w, const struct inotify_event *event)
{
    return event->wd != w->above || !event->len || !strcmp(event->name, w->awaited);
}
