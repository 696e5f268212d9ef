#include "registrator/zk_write.h"

#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "registrator/roster.h"
#include "registrator/zk_node.h"
#include "registrator/zk_request.h"

#define CREATE_TRIES 3 /* a folder may go between its creation and the node's */

/* One put or delete under way. */
struct zk_call {
    struct zk_writer *writer;
    struct zk_call *prev, *next;
    struct instance i; /* what is put; of a delete only the id */
    bool is_put;
    char *path; /* of the node to make; NULL: none */
    char *data;
    unsigned tries;
    char *old_path;  /* of the node to remove; NULL: none */
    struct err *err; /* how it ends */
    ev_timer turn;   /* ends it, outside of the library */
    void (*done)(void *arg, const struct err *err);
    void *arg;
};

static struct zk_call *call_new(struct zk_writer *w, const char *id, bool is_put,
                                void (*done)(void *arg, const struct err *err), void *arg);
static void call_free(struct zk_call *call);
static void set_old_path(struct zk_call *call);
static void create(struct zk_call *call);
static void create_folders(struct zk_call *call);
static void on_created(void *arg, const struct zk_answer *answer);
static void look(struct zk_call *call);
static void on_looked(void *arg, const struct zk_answer *answer);
static void on_replaced(void *arg, const struct zk_answer *answer);
static void remove_old(struct zk_call *call);
static void on_removed(void *arg, const struct zk_answer *answer);
static void fail(struct zk_call *call, const char *what, const char *path, int rc);
static void end_soon(struct zk_call *call);
static void on_call_turn(struct ev_loop *loop, ev_timer *w, int events);

void zk_writer_done(struct zk_writer *w)
{
    while (w->calls)
        call_free(w->calls);
}

/* Two instances may have one node, as one address and port may be TCP and UDP: the first one's data
 * stays, until neither needs it. */
void zk_writer_put(struct zk_writer *w, const struct instance *i,
                   void (*done)(void *arg, const struct err *err), void *arg)
{
    struct zk_call *call = call_new(w, i->id, true, done, arg);

    instance_done(&call->i);
    instance_copy(&call->i, i);
    if (instance_takes_traffic(i)) {
        call->path = zk_node_path(w->own->prefix, i);
        call->data = zk_node_data(i);
    }
    set_old_path(call);
    if (call->path) { /* from now on it may be there, whatever we hear of it */
        roster_put(&w->own->known, i);
        strv_drop(&w->own->strays, call->path);
    }
    if (call->path && !zk_own_is_claimed(w->own, call->path, i->id))
        create(call);
    else
        remove_old(call);
}

void zk_writer_del(struct zk_writer *w, const char *id,
                   void (*done)(void *arg, const struct err *err), void *arg)
{
    struct zk_call *call = call_new(w, id, false, done, arg);

    set_old_path(call);
    remove_old(call);
}

bool zk_writer_is_at(const struct zk_writer *w, const char *path)
{
    for (const struct zk_call *call = w->calls; call; call = call->next)
        if ((call->path && !strcmp(call->path, path)) ||
            (call->old_path && !strcmp(call->old_path, path)))
            return true;
    return false;
}

static struct zk_call *call_new(struct zk_writer *w, const char *id, bool is_put,
                                void (*done)(void *arg, const struct err *err), void *arg)
{
    struct zk_call *call = xcalloc(1, sizeof *call);

    call->writer = w;
    call->i.id = xstrdup(id);
    call->is_put = is_put;
    call->done = done;
    call->arg = arg;
    ev_timer_init(&call->turn, on_call_turn, 0., 0.);
    call->turn.data = call;
    call->next = w->calls;
    if (call->next)
        call->next->prev = call;
    w->calls = call;
    return call;
}

static void call_free(struct zk_call *call)
{
    if (call->prev)
        call->prev->next = call->next;
    else
        call->writer->calls = call->next;
    if (call->next)
        call->next->prev = call->prev;
    ev_timer_stop(call->writer->loop, &call->turn);
    instance_done(&call->i);
    free(call->path);
    free(call->data);
    free(call->old_path);
    err_free(call->err);
    free(call);
}

/* The node that the instance has had, where it is not the one that it shall have. */
static void set_old_path(struct zk_call *call)
{
    const struct instance *known = roster_find(&call->writer->own->known, call->i.id);

    if (!known || !instance_takes_traffic(known))
        return;
    call->old_path = zk_node_path(call->writer->own->prefix, known);
    if (call->path && !strcmp(call->path, call->old_path)) {
        free(call->old_path);
        call->old_path = NULL;
        return;
    }
    if (call->path && !zk_own_is_claimed(call->writer->own, call->old_path, call->i.id))
        strv_add(&call->writer->own->strays, call->old_path);
}

static void create(struct zk_call *call)
{
    call->tries++;
    if (zk_create(call->writer->own->session, call->path, call->data, true, on_created, call,
                  &call->err))
        end_soon(call);
}

/* ZooKeeper keeps the order of requests: the node's comes after these. */
static void create_folders(struct zk_call *call)
{
    for (const char *slash = strchr(call->path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        CLEAN(free_str) char *folder = xstrndup(call->path, (size_t)(slash - call->path));

        if (zk_create(call->writer->own->session, folder, "", false, NULL, NULL, &call->err)) {
            end_soon(call);
            return;
        }
    }
    create(call);
}

static void on_created(void *arg, const struct zk_answer *answer)
{
    struct zk_call *call = arg;

    switch (zk_rc_kind(answer->rc)) {
    case ZK_DONE:
    case ZK_EXISTS:
        look(call);
        break;
    case ZK_ABSENT:
        if (call->tries < CREATE_TRIES) {
            create_folders(call);
            break;
        }
        fail(call, "create", call->path, answer->rc);
        break;
    case ZK_NOT_EMPTY:
    case ZK_DENIED:
    case ZK_FAILED:
        fail(call, "create", call->path, answer->rc);
        break;
    }
}

/* Whose is it, and what does it say? From now on it is watched. */
static void look(struct zk_call *call)
{
    if (zk_get(call->writer->own->session, call->path, true, on_looked, call, &call->err))
        end_soon(call);
}

static void on_looked(void *arg, const struct zk_answer *answer)
{
    struct zk_call *call = arg;
    struct zk_session *session = call->writer->own->session;

    if (zk_rc_kind(answer->rc) != ZK_DONE) {
        fail(call, "read", call->path, answer->rc);
    } else if (zk_own_is_good(call->writer->own, answer, call->data)) {
        remove_old(call);
    } else if (zk_session_is_current(session, answer->owner) ||
               zk_session_is_previous(session, answer->owner)) {
        if (zk_replace(session, call->path, call->data, answer->version, on_replaced, call,
                       &call->err))
            end_soon(call);
    } else {
        err_set(&call->err, "%s in ZooKeeper is somebody else's; it is ours when that one goes",
                call->path);
        end_soon(call);
    }
}

static void on_replaced(void *arg, const struct zk_answer *answer)
{
    struct zk_call *call = arg;

    if (zk_rc_kind(answer->rc) == ZK_DONE)
        look(call);
    else
        fail(call, "replace", call->path, answer->rc);
}

static void remove_old(struct zk_call *call)
{
    struct zk_own *own = call->writer->own;

    if (!call->old_path || zk_own_is_claimed(own, call->old_path, call->i.id) ||
        zk_delete(own->session, call->old_path, on_removed, call, &call->err))
        end_soon(call);
}

/* The folder goes with its last node; where others are in it, ZooKeeper refuses. */
static void on_removed(void *arg, const struct zk_answer *answer)
{
    struct zk_call *call = arg;
    enum zk_rc_kind kind = zk_rc_kind(answer->rc);

    if (kind != ZK_DONE && kind != ZK_ABSENT) {
        fail(call, "delete", call->old_path, answer->rc);
        return;
    }
    strv_drop(&call->writer->own->strays, call->old_path);
    CLEAN(free_str) char *folder = xstrdup(call->old_path);
    *strrchr(folder, '/') = '\0';
    zk_delete(call->writer->own->session, folder, NULL, NULL, NULL);
    end_soon(call);
}

static void fail(struct zk_call *call, const char *what, const char *path, int rc)
{
    err_set(&call->err, "cannot %s %s in ZooKeeper: %s", what, path, zk_strerror(rc));
    end_soon(call);
}

/* The answer is given outside of the library: whoever hears of it may free the registry. */
static void end_soon(struct zk_call *call)
{
    ev_timer_set(&call->turn, 0., 0.);
    ev_timer_start(call->writer->loop, &call->turn);
}

static void on_call_turn(struct ev_loop *loop, ev_timer *w, int events)
{
    struct zk_call *call = w->data;
    CLEAN(err) struct err *err = TAKE_PTR(call->err);
    void (*done)(void *arg, const struct err *err) = call->done;
    void *arg = call->arg;

    (void)loop;
    (void)events;
    if (!err && call->is_put)
        roster_put(&call->writer->own->known, &call->i);
    else if (!err)
        roster_remove(&call->writer->own->known, call->i.id);
    call_free(call);
    done(arg, err);
}
