#include "lib/fdstore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clean.h"
#include "lib/fdstore_leaving.h"
#include "lib/log.h"
#include "lib/notify.h"
#include "lib/search.h"
#include "lib/xmalloc.h"

#define AREA "fdstore"

/* LISTEN_FDNAMES has every name of the store, and execve(2) takes 128 KiB a string: a service whose
 * names are longer would never start again. */
#define NAMES_MAX 100000 /* bytes, with a separator for each */

struct kept {
    char *name;
    int fd;    /* the caller's */
    bool told; /* the manager has been sent it */
};

struct fdstore {
    struct ev_loop *loop;
    void (*on_settled)(void *arg);
    void *arg;
    int socket;  /* to the manager; -1: there is none, or it was lost */
    bool absent; /* there is no manager */
    ev_io writable;
    ev_io fence; /* reads the end of a pipe that the manager closes, in its order of messages */

    struct kept *v; /* sorted by name */
    size_t n, cap;
    size_t untold; /* of 'v' */
    size_t bytes;  /* of their names */
    struct leaving_list leaving;
    bool full_said, failure_said;
};

static bool open_socket(struct fdstore *s);
static void flush(struct fdstore *s);
static bool tell_leaving(struct fdstore *s);
static bool tell_kept(struct fdstore *s);
static bool send_fence(struct fdstore *s);
static bool tell(struct fdstore *s, const char *state, int fd);
static void on_writable(struct ev_loop *loop, ev_io *w, int events);
static void on_fence(struct ev_loop *loop, ev_io *w, int events);
static void stop_fence(struct fdstore *s);
static bool has_room(struct fdstore *s, const char *name);
static void add(struct fdstore *s, const char *name, int fd, bool told);
static size_t find(const struct fdstore *s, const char *name, bool *ret_found);
static int compare(const void *key, const void *member);

struct fdstore *fdstore_new(struct ev_loop *loop, void (*on_settled)(void *arg), void *arg)
{
    struct fdstore *s = xcalloc(1, sizeof *s);

    s->loop = loop;
    s->on_settled = on_settled;
    s->arg = arg;
    s->socket = -1;
    ev_init(&s->writable, on_writable);
    ev_init(&s->fence, on_fence);
    s->writable.data = s->fence.data = s;
    open_socket(s);
    return s;
}

void fdstore_free(struct fdstore *s)
{
    if (!s)
        return;
    ev_io_stop(s->loop, &s->writable);
    flush(s);
    ev_io_stop(s->loop, &s->writable);
    stop_fence(s);
    for (size_t i = 0; i < s->n; i++)
        free(s->v[i].name);
    leaving_done(&s->leaving);
    if (s->socket >= 0)
        close(s->socket);
    free(s->v);
    free(s);
}

bool fdstore_is_there(const struct fdstore *s)
{
    return !s->absent;
}

void fdstore_put(struct fdstore *s, const char *name, int fd)
{
    bool found;

    find(s, name, &found);
    if (s->absent || found || !has_room(s, name))
        return;
    add(s, name, fd, false);
    flush(s);
}

void fdstore_adopt(struct fdstore *s, const char *name, int fd)
{
    if (!s->absent)
        add(s, name, fd, true);
}

void fdstore_drop(struct fdstore *s, const char *name, int fd)
{
    bool found;
    size_t at = find(s, name, &found);

    if (!found) {
        close(fd);
        return;
    }
    struct kept k = s->v[at];
    s->n--;
    memmove(&s->v[at], &s->v[at + 1], (s->n - at) * sizeof *s->v);
    s->bytes -= strlen(name) + 1;
    if (!k.told) {
        s->untold--;
        free(k.name);
        close(fd);
        return;
    }
    leaving_add(&s->leaving, k.name, fd);
    flush(s);
}

int fdstore_reclaim(struct fdstore *s, const char *name)
{
    bool told;
    int fd = leaving_take(&s->leaving, name, &told);

    if (fd >= 0 && !told)
        add(s, name, fd, true);
    return fd;
}

void fdstore_retry(struct fdstore *s)
{
    flush(s);
}

static bool open_socket(struct fdstore *s)
{
    CLEAN(err) struct err *err = NULL;

    if (s->socket >= 0)
        return true;
    if (notify_open(&s->socket, &err) && !s->failure_said) {
        log_warn(AREA, "descriptors do not outlive a restart: %s", err_msg(err));
        s->failure_said = true;
    }
    s->absent = s->socket < 0 && !err;
    ev_io_set(&s->writable, s->socket, EV_WRITE);
    return s->socket >= 0;
}

/* Removals come first: a name that is put again was dropped before. */
static void flush(struct fdstore *s)
{
    bool has_news = s->untold || leaving_wants_fence(&s->leaving);

    if (ev_is_active(&s->writable) || !has_news || !open_socket(s))
        return;
    if (tell_leaving(s) && send_fence(s))
        tell_kept(s);
}

static bool tell_leaving(struct fdstore *s)
{
    for (size_t i = 0; i < s->leaving.n; i++) {
        struct leaving *l = &s->leaving.v[i];

        if (l->told)
            continue;
        CLEAN(free_str) char *state = xasprintf("FDSTOREREMOVE=1\nFDNAME=%s", l->name);
        if (!tell(s, state, -1))
            return false;
        l->told = true;
    }
    return true;
}

/* FDPOLL=0: a TCP socket that is bound and does not listen looks hung up, for which the manager
 * would close it. */
static bool tell_kept(struct fdstore *s)
{
    for (size_t i = 0; i < s->n && s->untold; i++) {
        struct kept *k = &s->v[i];

        if (k->told)
            continue;
        CLEAN(free_str) char *state = xasprintf("FDSTORE=1\nFDPOLL=0\nFDNAME=%s", k->name);
        if (!tell(s, state, k->fd))
            return false;
        k->told = true;
        s->untold--;
    }
    return true;
}

/* The manager closes its end when it comes to this message: it has done all before it then. */
static bool send_fence(struct fdstore *s)
{
    int ends[2];

    if (ev_is_active(&s->fence) || !leaving_wants_fence(&s->leaving))
        return true;
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return true; /* no descriptors left: the next flush tries again */
    bool sent = tell(s, "BARRIER=1", ends[1]);
    close(ends[1]);
    if (!sent) {
        close(ends[0]);
        return false;
    }
    leaving_set_fenced(&s->leaving);
    ev_io_set(&s->fence, ends[0], EV_READ);
    ev_io_start(s->loop, &s->fence);
    return true;
}

/* A manager that is behind is waited for, one that fails is tried again with the next flush. */
static bool tell(struct fdstore *s, const char *state, int fd)
{
    CLEAN(err) struct err *err = NULL;

    if (!notify_send_fd(s->socket, state, fd, &err)) {
        s->failure_said = false;
        return true;
    }
    if (err_code(err) == EAGAIN) {
        ev_io_start(s->loop, &s->writable);
        return false;
    }
    if (!s->failure_said)
        log_warn(AREA, "descriptors may not outlive a restart: %s", err_msg(err));
    s->failure_said = true;
    close(s->socket);
    s->socket = -1;
    return false;
}

static void on_writable(struct ev_loop *loop, ev_io *w, int events)
{
    (void)events;
    ev_io_stop(loop, w);
    flush(w->data);
}

static void on_fence(struct ev_loop *loop, ev_io *w, int events)
{
    struct fdstore *s = w->data;

    (void)loop;
    (void)events;
    stop_fence(s);
    size_t n = leaving_close_fenced(&s->leaving);
    flush(s);
    if (n)
        s->on_settled(s->arg);
}

static void stop_fence(struct fdstore *s)
{
    if (!ev_is_active(&s->fence))
        return;
    ev_io_stop(s->loop, &s->fence);
    close(s->fence.fd);
}

static bool has_room(struct fdstore *s, const char *name)
{
    if (s->bytes + strlen(name) + 1 <= NAMES_MAX)
        return true;
    if (!s->full_said)
        log_warn(AREA,
                 "%zu descriptors outlive a restart, and no more: the names of more do not "
                 "fit into an environment",
                 s->n);
    s->full_said = true;
    return false;
}

static void add(struct fdstore *s, const char *name, int fd, bool told)
{
    bool found;
    size_t at = find(s, name, &found);

    s->v = xgrow(s->v, s->n, &s->cap, sizeof *s->v);
    memmove(&s->v[at + 1], &s->v[at], (s->n - at) * sizeof *s->v);
    s->v[at] = (struct kept){xstrdup(name), fd, told};
    s->n++;
    s->untold += !told;
    s->bytes += strlen(name) + 1;
}

static size_t find(const struct fdstore *s, const char *name, bool *ret_found)
{
    return search_sorted(s->v, s->n, sizeof *s->v, name, compare, ret_found);
}

static int compare(const void *key, const void *member)
{
    const struct kept *k = member;

    return strcmp(key, k->name);
}
