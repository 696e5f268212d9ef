#include "registrator/zookeeper.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "registrator/roster.h"
#include "registrator/zk_node.h"
#include "registrator/zk_request.h"
#include "registrator/zk_write.h"

#define PATIENCE 10. /* seconds that a list waits for the connection */
#define LOST_PACE 1. /* seconds between two calls of 'on_lost' */

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
    char *hosts;
    struct zk_own own;
    struct zk_writer writer;

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
static void zk_del(struct registry *r, const struct instance *actual,
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
    zk->own.prefix = xstrdup(config->base);
    zk->hosts = xstrdup(config->hosts);
    zk->writer = (struct zk_writer){.loop = loop, .own = &zk->own};
    ev_timer_init(&zk->pace, on_pace, 0., 0.);
    ev_timer_init(&zk->list_turn, on_list_turn, 0., 0.);
    zk->pace.data = zk->list_turn.data = zk;
    zk->own.session = zk_session_new(
        loop, &(struct zk_session_config){.hosts = config->hosts, .id_file = config->id_file},
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
    list_after(zk, zk_session_is_up(zk->own.session) ? 0. : PATIENCE);
}

static void zk_put(struct registry *r, const struct instance *i, const struct instance *actual,
                   void (*done)(void *arg, const struct err *err), void *arg)
{
    (void)actual;
    zk_writer_put(&((struct zookeeper *)r)->writer, i, done, arg);
}

static void zk_del(struct registry *r, const struct instance *actual,
                   void (*done)(void *arg, const struct err *err), void *arg)
{
    zk_writer_del(&((struct zookeeper *)r)->writer, actual->id, done, arg);
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

    zk_session_free(zk->own.session);
    zk_writer_done(&zk->writer);
    while (zk->checks)
        check_free(zk->checks);
    ev_timer_stop(zk->loop, &zk->pace);
    ev_timer_stop(zk->loop, &zk->list_turn);
    zk_own_done(&zk->own);
    strv_done(&zk->missing);
    err_free(zk->list_err);
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

    if (!zk_writer_is_at(&zk->writer, path))
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
    if (!zk->checking && zk_session_is_up(zk->own.session)) {
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
    for (size_t n = 0; n < zk->own.strays.n && !zk->list_err; n++) {
        struct zk_check *check = check_new(zk, NULL, xstrdup(zk->own.strays.v[n]));

        if (zk_delete(zk->own.session, check->text, on_checked, check, &zk->list_err))
            check_free(check);
    }
    for (size_t n = 0; n < zk->own.known.n && !zk->list_err; n++) {
        const struct instance *i = &zk->own.known.v[n];
        CLEAN(free_str) char *path = zk_node_path(zk->own.prefix, i);

        if (!instance_takes_traffic(i) || zk_own_is_claimed(&zk->own, path, i->id))
            continue;
        struct zk_check *check = check_new(zk, i->id, zk_node_data(i));
        if (zk_get(zk->own.session, path, true, on_checked, check, &zk->list_err))
            check_free(check);
    }
    if (!zk->checks)
        list_after(zk, 0.);
}

static void on_checked(void *arg, const struct zk_answer *answer)
{
    struct zk_check *check = arg;
    struct zookeeper *zk = check->zk;

    switch (zk_rc_kind(answer->rc)) {
    case ZK_DONE:
    case ZK_ABSENT:
        if (!check->id)
            strv_drop(&zk->own.strays, check->text);
        else if (!zk_own_is_good(&zk->own, answer, check->text))
            strv_add(&zk->missing, check->id);
        break;
    case ZK_EXISTS:
    case ZK_NOT_EMPTY:
    case ZK_DENIED:
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
        roster_remove(&zk->own.known, zk->missing.v[i]);
    strv_done(&zk->missing);
    instances_copy(&list, &zk->own.known);
    instances_sort(&list);
    zk->listing = zk->checking = false;
    zk->on_list(zk->list_arg, err ? NULL : &list, err);
    instances_done(&list);
}
