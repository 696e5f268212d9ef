#include "registrator/zookeeper.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "registrator/roster.h"
#include "registrator/zk_node.h"
#include "registrator/zk_session.h"

#define PATIENCE 10.   /* seconds that a list waits for the connection */
#define LOST_PACE 1.   /* seconds between two calls of 'on_lost' */
#define CREATE_TRIES 3 /* a folder may go between its creation and the node's */

/* One put or delete under way: a node is made where one is wanted, then the old one removed. */
struct zk_call {
    struct zookeeper *zk;
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

/* One node that is looked at for the list, or a stray that is removed before it. */
struct zk_check {
    struct zookeeper *zk;
    struct zk_check *next;
    char *id;   /* of the instance; NULL: a stray */
    char *text; /* what the node should say; the stray's path */
};

struct zookeeper {
    struct registry base;
    struct ev_loop *loop;
    struct zk_session *session;
    char *prefix;
    char *hosts;
    struct instances known; /* roster: what we have put, or tried to */
    struct strv strays;     /* paths of nodes that may be there, and must not be */
    struct zk_call *calls;

    struct zk_check *checks; /* under way, for the list */
    struct strv missing;     /* ids whose nodes are not what they should be */
    bool listing, checking;
    struct err *list_err;
    ev_timer list_turn; /* to the next step of the list, or the end of its patience */
    void (*on_list)(void *arg, const struct instances *list, const struct err *err);
    void *list_arg;

    void (*on_lost)(void *arg);
    void *lost_arg;
    bool lost; /* 'on_lost' is to be called */
    ev_timer pace;
};

static void zk_list(struct registry *r,
                    void (*done)(void *arg, const struct instances *list, const struct err *err),
                    void *arg);
static void zk_put(struct registry *r, const struct instance *i, const struct instance *actual,
                   void (*done)(void *arg, const struct err *err), void *arg);
static void zk_del(struct registry *r, const char *id,
                   void (*done)(void *arg, const struct err *err), void *arg);
static void zk_watch_own(struct registry *r, void (*on_lost)(void *arg), void *arg);
static void zk_free(struct registry *r);
static void on_up(void *arg);
static void on_event(void *arg, const char *path);
static void lose(struct zookeeper *zk);
static void on_pace(struct ev_loop *loop, ev_timer *w, int events);
static void list_after(struct zookeeper *zk, double delay);
static void on_list_turn(struct ev_loop *loop, ev_timer *w, int events);
static void start_checks(struct zookeeper *zk);
static void on_checked(void *arg, const struct zk_answer *answer);
static void check_free(struct zk_check *check);
static void list_end(struct zookeeper *zk);
static struct zk_call *call_new(struct zookeeper *zk, const char *id, bool is_put,
                                void (*done)(void *arg, const struct err *err), void *arg);
static void call_free(struct zk_call *call);
static bool is_claimed(const struct zookeeper *zk, const char *path, const char *id);
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

static const struct registry_ops zookeeper_ops = {
    .name = "zookeeper",
    .list = zk_list,
    .put = zk_put,
    .del = zk_del,
    .watch_own = zk_watch_own,
    .free = zk_free,
};

struct registry *zookeeper_registry_new(struct ev_loop *loop, const struct zookeeper_config *config)
{
    struct zookeeper *zk = xcalloc(1, sizeof *zk);

    zk->base.ops = &zookeeper_ops;
    zk->loop = loop;
    zk->prefix = xstrdup(config->base);
    zk->hosts = xstrdup(config->hosts);
    ev_timer_init(&zk->pace, on_pace, 0., 0.);
    ev_timer_init(&zk->list_turn, on_list_turn, 0., 0.);
    zk->pace.data = zk->list_turn.data = zk;
    zk->session = zk_session_new(loop, config->hosts, config->id_file,
                                 &(struct zk_session_user){on_up, on_event, zk});
    return &zk->base;
}

static void zk_list(struct registry *r,
                    void (*done)(void *arg, const struct instances *list, const struct err *err),
                    void *arg)
{
    struct zookeeper *zk = (struct zookeeper *)r;

    zk->on_list = done;
    zk->list_arg = arg;
    zk->listing = true;
    zk->checking = false;
    list_after(zk, zk_session_is_up(zk->session) ? 0. : PATIENCE);
}

/* Two instances may have one node, as one address and port may be TCP and UDP: the first one's data
 * stays, until neither needs it. */
static void zk_put(struct registry *r, const struct instance *i, const struct instance *actual,
                   void (*done)(void *arg, const struct err *err), void *arg)
{
    struct zookeeper *zk = (struct zookeeper *)r;
    struct zk_call *call = call_new(zk, i->id, true, done, arg);

    (void)actual;
    instance_done(&call->i);
    instance_copy(&call->i, i);
    if (i->state == INSTANCE_PASSING) {
        call->path = zk_node_path(zk->prefix, i);
        call->data = zk_node_data(i);
    }
    set_old_path(call);
    if (call->path) { /* from now on it may be there, whatever we hear of it */
        roster_put(&zk->known, i);
        strv_remove(&zk->strays, call->path);
    }
    if (call->path && !is_claimed(zk, call->path, i->id))
        create(call);
    else
        remove_old(call);
}

static void zk_del(struct registry *r, const char *id,
                   void (*done)(void *arg, const struct err *err), void *arg)
{
    struct zk_call *call = call_new((struct zookeeper *)r, id, false, done, arg);

    set_old_path(call);
    remove_old(call);
}

static void zk_watch_own(struct registry *r, void (*on_lost)(void *arg), void *arg)
{
    struct zookeeper *zk = (struct zookeeper *)r;

    zk->on_lost = on_lost;
    zk->lost_arg = arg;
}

static void zk_free(struct registry *r)
{
    struct zookeeper *zk = (struct zookeeper *)r;

    zk_session_free(zk->session);
    while (zk->calls)
        call_free(zk->calls);
    while (zk->checks)
        check_free(zk->checks);
    ev_timer_stop(zk->loop, &zk->pace);
    ev_timer_stop(zk->loop, &zk->list_turn);
    instances_done(&zk->known);
    strv_done(&zk->missing);
    strv_done(&zk->strays);
    err_free(zk->list_err);
    free(zk->prefix);
    free(zk->hosts);
    free(zk);
}

/* ---- what others do ---- */

static void on_up(void *arg)
{
    struct zookeeper *zk = arg;

    if (zk->listing && !zk->checking)
        list_after(zk, 0.);
    lose(zk);
}

/* What we do ourselves is no news. */
static void on_event(void *arg, const char *path)
{
    struct zookeeper *zk = arg;

    for (const struct zk_call *call = zk->calls; call; call = call->next)
        if ((call->path && !strcmp(call->path, path)) ||
            (call->old_path && !strcmp(call->old_path, path)))
            return;
    lose(zk);
}

static void lose(struct zookeeper *zk)
{
    zk->lost = true;
    if (ev_is_active(&zk->pace))
        return;
    ev_timer_set(&zk->pace, 0., 0.);
    ev_timer_start(zk->loop, &zk->pace);
}

static void on_pace(struct ev_loop *loop, ev_timer *w, int events)
{
    struct zookeeper *zk = w->data;

    (void)events;
    if (!zk->lost || !zk->on_lost)
        return;
    zk->lost = false;
    ev_timer_set(w, LOST_PACE, 0.);
    ev_timer_start(loop, w);
    zk->on_lost(zk->lost_arg);
}

/* ---- the list: every node that we know of is looked at ---- */

static void list_after(struct zookeeper *zk, double delay)
{
    ev_timer_stop(zk->loop, &zk->list_turn);
    ev_timer_set(&zk->list_turn, delay, 0.);
    ev_timer_start(zk->loop, &zk->list_turn);
}

static void on_list_turn(struct ev_loop *loop, ev_timer *w, int events)
{
    struct zookeeper *zk = w->data;

    (void)loop;
    (void)events;
    if (!zk->checking && zk_session_is_up(zk->session)) {
        zk->checking = true;
        start_checks(zk);
        return;
    }
    if (!zk->checking)
        err_set(&zk->list_err, "ZooKeeper does not answer at %s", zk->hosts);
    list_end(zk);
}

static struct zk_check *check_new(struct zookeeper *zk, const char *id, char *text)
{
    struct zk_check *check = xcalloc(1, sizeof *check);

    check->zk = zk;
    check->id = id ? xstrdup(id) : NULL;
    check->text = text;
    check->next = zk->checks;
    zk->checks = check;
    return check;
}

static void start_checks(struct zookeeper *zk)
{
    for (size_t n = 0; n < zk->strays.n && !zk->list_err; n++) {
        struct zk_check *check = check_new(zk, NULL, xstrdup(zk->strays.v[n]));

        if (zk_delete(zk->session, check->text, on_checked, check, &zk->list_err))
            check_free(check);
    }
    for (size_t n = 0; n < zk->known.n && !zk->list_err; n++) {
        const struct instance *i = &zk->known.v[n];
        CLEAN(free_str) char *path = zk_node_path(zk->prefix, i);

        if (i->state != INSTANCE_PASSING || is_claimed(zk, path, i->id))
            continue;
        struct zk_check *check = check_new(zk, i->id, zk_node_data(i));
        if (zk_get(zk->session, path, true, on_checked, check, &zk->list_err))
            check_free(check);
    }
    if (!zk->checks)
        list_after(zk, 0.);
}

static bool is_as_wanted(const struct zookeeper *zk, const struct zk_answer *answer,
                         const char *data)
{
    return zk_rc_kind(answer->rc) == ZK_DONE && zk_session_is_current(zk->session, answer->owner) &&
           answer->len == strlen(data) && !memcmp(answer->data, data, answer->len);
}

static void on_checked(void *arg, const struct zk_answer *answer)
{
    struct zk_check *check = arg;
    struct zookeeper *zk = check->zk;

    switch (zk_rc_kind(answer->rc)) {
    case ZK_DONE:
    case ZK_ABSENT:
        if (!check->id)
            strv_remove(&zk->strays, check->text);
        else if (!is_as_wanted(zk, answer, check->text))
            strv_add(&zk->missing, check->id);
        break;
    case ZK_EXISTS:
    case ZK_NOT_EMPTY:
    case ZK_FAILED:
        if (!zk->list_err)
            err_set(&zk->list_err, "cannot list what is ours in ZooKeeper: %s",
                    zk_strerror(answer->rc));
        break;
    }
    check_free(check);
    if (!zk->checks)
        list_after(zk, 0.);
}

static void check_free(struct zk_check *check)
{
    struct zk_check **at = &check->zk->checks;

    while (*at != check)
        at = &(*at)->next;
    *at = check->next;
    free(check->id);
    free(check->text);
    free(check);
}

static void list_end(struct zookeeper *zk)
{
    CLEAN(err) struct err *err = TAKE_PTR(zk->list_err);
    struct instances list = {0};

    for (size_t i = 0; !err && i < zk->missing.n; i++)
        roster_remove(&zk->known, zk->missing.v[i]);
    strv_done(&zk->missing);
    instances_copy(&list, &zk->known);
    instances_sort(&list);
    zk->listing = zk->checking = false;
    zk->on_list(zk->list_arg, err ? NULL : &list, err);
    instances_done(&list);
}

/* ---- puts and deletes ---- */

static struct zk_call *call_new(struct zookeeper *zk, const char *id, bool is_put,
                                void (*done)(void *arg, const struct err *err), void *arg)
{
    struct zk_call *call = xcalloc(1, sizeof *call);

    call->zk = zk;
    call->i.id = xstrdup(id);
    call->is_put = is_put;
    call->done = done;
    call->arg = arg;
    ev_timer_init(&call->turn, on_call_turn, 0., 0.);
    call->turn.data = call;
    call->next = zk->calls;
    if (call->next)
        call->next->prev = call;
    zk->calls = call;
    return call;
}

static void call_free(struct zk_call *call)
{
    if (call->prev)
        call->prev->next = call->next;
    else
        call->zk->calls = call->next;
    if (call->next)
        call->next->prev = call->prev;
    ev_timer_stop(call->zk->loop, &call->turn);
    instance_done(&call->i);
    free(call->path);
    free(call->data);
    free(call->old_path);
    err_free(call->err);
    free(call);
}

/* Is the node another instance's than that of 'id', too? */
static bool is_claimed(const struct zookeeper *zk, const char *path, const char *id)
{
    for (size_t n = 0; n < zk->known.n; n++) {
        const struct instance *i = &zk->known.v[n];

        if (i->state != INSTANCE_PASSING || !strcmp(i->id, id))
            continue;
        CLEAN(free_str) char *other = zk_node_path(zk->prefix, i);
        if (!strcmp(other, path))
            return true;
    }
    return false;
}

/* The node that the instance has had, where it is not the one that it shall have. */
static void set_old_path(struct zk_call *call)
{
    const struct instance *known = roster_find(&call->zk->known, call->i.id);

    if (!known || known->state != INSTANCE_PASSING)
        return;
    call->old_path = zk_node_path(call->zk->prefix, known);
    if (call->path && !strcmp(call->path, call->old_path)) {
        free(call->old_path);
        call->old_path = NULL;
        return;
    }
    if (call->path && !is_claimed(call->zk, call->old_path, call->i.id))
        strv_add(&call->zk->strays, call->old_path);
}

static void create(struct zk_call *call)
{
    call->tries++;
    if (zk_create(call->zk->session, call->path, call->data, true, on_created, call, &call->err))
        end_soon(call);
}

/* ZooKeeper keeps the order of requests: the node's comes after these. */
static void create_folders(struct zk_call *call)
{
    for (const char *slash = strchr(call->path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        CLEAN(free_str) char *folder = xstrndup(call->path, (size_t)(slash - call->path));

        if (zk_create(call->zk->session, folder, "", false, NULL, NULL, &call->err)) {
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
    case ZK_FAILED:
        fail(call, "create", call->path, answer->rc);
        break;
    }
}

/* Whose is it, and what does it say? From now on it is watched. */
static void look(struct zk_call *call)
{
    if (zk_get(call->zk->session, call->path, true, on_looked, call, &call->err))
        end_soon(call);
}

static void on_looked(void *arg, const struct zk_answer *answer)
{
    struct zk_call *call = arg;
    struct zk_session *session = call->zk->session;

    if (zk_rc_kind(answer->rc) != ZK_DONE) {
        fail(call, "read", call->path, answer->rc);
    } else if (is_as_wanted(call->zk, answer, call->data)) {
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
    struct zookeeper *zk = call->zk;

    if (!call->old_path || is_claimed(zk, call->old_path, call->i.id) ||
        zk_delete(zk->session, call->old_path, on_removed, call, &call->err))
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
    strv_remove(&call->zk->strays, call->old_path);
    CLEAN(free_str) char *folder = xstrdup(call->old_path);
    *strrchr(folder, '/') = '\0';
    zk_delete(call->zk->session, folder, NULL, NULL, NULL);
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
    ev_timer_start(call->zk->loop, &call->turn);
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
        roster_put(&call->zk->known, &call->i);
    else if (!err)
        roster_remove(&call->zk->known, call->i.id);
    call_free(call);
    done(arg, err);
}
