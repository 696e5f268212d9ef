#include "registrator/vmlock.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/kv.h"
#include "lib/log.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "registrator/consul_query.h"
#include "registrator/url.h"
#include "registrator/vmacl.h"
#include "registrator/vmsession.h"

#define PREFIX "berth/services.d/"
#define SUFFIX "/lock"
#define TIMEOUT 10.
#define AGAIN 2. /* seconds to the next try for a lock that is free and was not given */

struct vm_locks {
    struct consul_client *client;
    const struct vm_lock_kind *kind;
    char *node;
    void (*on_change)(void *arg);
    void *arg;
    struct sync sync;
    struct vm_session *session;
    struct strv wanted; /* files */
    struct kvs holders; /* file -> session, as last listed; "": nobody */
    struct strv held;   /* files whose lock is ours */
    struct strv queue;  /* files whose lock is to be taken or released in this pass */
    size_t queue_at;
    struct http_request *request; /* of the pass */
    struct consul_query *watch;   /* of the locks; NULL: there is none yet */
    ev_timer again;               /* tries again to take a lock that is free */
};

static void pass(void *owner);
static void on_session(void *arg, const struct err *err);
static void list_locks(struct vm_locks *l);
static void on_locks(void *arg, const struct http_answer *answer);
static int read_holders(struct vm_locks *l, const char *text, size_t len, struct err **err);
static char *all_locks(const struct vm_locks *l);
static void plan(struct vm_locks *l);
static void step(struct vm_locks *l);
static void on_step(void *arg, const struct http_answer *answer);
static void try_again(struct vm_locks *l);
static void finish(struct vm_locks *l, struct err *err);
static void set_held(struct vm_locks *l);
static void give_up(struct vm_locks *l);
static void on_session_end(void *arg);
static void on_again(struct ev_loop *loop, ev_timer *w, int events);
static int on_watched(void *arg, const char *body, size_t len, struct err **err);
static void on_watch_error(void *arg, const struct err *err);
static char *file_of_key(const struct vm_locks *l, const char *key);

const struct vm_lock_kind vm_lock_services = {.area = "services.d",
                                              .name = "services.d lock",
                                              .prefix = PREFIX,
                                              .rule = VM_ACL_KEY,
                                              .duty = "register the machines of file",
                                              .ending = ".conf"};

struct vm_locks *vm_locks_new(struct consul_client *c, const struct vm_lock_kind *kind,
                              const char *node, void (*on_change)(void *arg), void *arg)
{
    struct vm_locks *l = xcalloc(1, sizeof *l);

    l->client = c;
    l->kind = kind;
    l->node = xstrdup(node);
    l->session = vm_session_new(c, kind->area, node, on_session_end, l);
    l->on_change = on_change;
    l->arg = arg;
    sync_init(&l->sync, c->loop, kind->name, pass, l, 0.);
    ev_timer_init(&l->again, on_again, 0., 0.);
    l->again.data = l;
    return l;
}

void vm_locks_free(struct vm_locks *l)
{
    if (!l)
        return;
    sync_done(&l->sync);
    http_cancel(l->request);
    consul_query_free(l->watch);
    ev_timer_stop(l->client->loop, &l->again);
    strv_done(&l->wanted);
    strv_done(&l->held);
    strv_done(&l->queue);
    kvs_done(&l->holders);
    vm_session_free(l->session);
    free(l->node);
    free(l);
}

void vm_locks_want(struct vm_locks *l, const struct strv *files)
{
    if (strv_equal(&l->wanted, files))
        return;
    strv_done(&l->wanted);
    strv_copy(&l->wanted, files);
    sync_kick(&l->sync);
}

bool vm_locks_has(const struct vm_locks *l, const char *file)
{
    return strv_contains(&l->held, file);
}

const char *vm_locks_session(const struct vm_locks *l)
{
    return vm_session_id(l->session);
}

char *vm_lock_key(const char *file)
{
    return xasprintf(PREFIX "%s" SUFFIX, file);
}

const struct sync *vm_locks_sync(const struct vm_locks *l)
{
    return &l->sync;
}

/* ---- the pass: a session, the locks as they are, then one step for each that differs ---- */

static void pass(void *owner)
{
    struct vm_locks *l = owner;

    if (vm_session_id(l->session) || l->wanted.n)
        vm_session_open(l->session, on_session, l);
    else
        sync_finish(&l->sync, NULL);
}

static void on_session(void *arg, const struct err *err)
{
    struct vm_locks *l = arg;
    struct err *copy = NULL;

    if (!err) {
        list_locks(l);
        return;
    }
    err_set(&copy, "%s", err_msg(err));
    finish(l, copy);
}

static void list_locks(struct vm_locks *l)
{
    CLEAN(free_str) char *path = all_locks(l);

    l->request = consul_client_start(l->client, NULL, path, NULL, TIMEOUT, on_locks, l);
}

/* 404: there is no lock yet, and nothing that could be watched. */
static void on_locks(void *arg, const struct http_answer *answer)
{
    struct vm_locks *l = arg;
    CLEAN(free_str) char *path = all_locks(l);
    CLEAN(free_str) char *what = xasprintf("cannot read the locks of %s", l->kind->area);
    struct err *err = NULL;

    l->request = NULL;
    if (answer->status == 404)
        kvs_done(&l->holders);
    else if (!http_answer_ok(answer))
        vm_acl_err(answer, what, l->kind->rule, &err);
    else if (!read_holders(l, answer->body, answer->len, &err) && !l->watch)
        l->watch = consul_query_new(l->client, path,
                                    &(struct consul_query_user){on_watched, on_watch_error, l});
    if (err) {
        finish(l, err);
        return;
    }
    set_held(l);
    plan(l);
    step(l);
}

static int read_holders(struct vm_locks *l, const char *text, size_t len, struct err **err)
{
    CLEAN(json) json_t *list = json_parse(text, len, err);
    const json_t *item;
    size_t at;

    if (!list)
        return err_wrap(err, "Consul's answer about the locks of %s", l->kind->area);
    kvs_done(&l->holders);
    json_array_foreach(list, at, item) {
        const char *key = json_str(item, "Key"), *session = json_str(item, "Session");
        CLEAN(free_str) char *file = key ? file_of_key(l, key) : NULL;

        if (file)
            kvs_add(&l->holders, file, session ? session : "");
    }
    return 0;
}

static bool is_ours(const struct vm_locks *l, const char *file)
{
    const char *holder = kvs_get(&l->holders, file), *session = vm_session_id(l->session);

    return holder && session && !strcmp(holder, session);
}

static void plan(struct vm_locks *l)
{
    strv_done(&l->queue);
    l->queue_at = 0;
    for (size_t i = 0; i < l->wanted.n; i++) {
        const char *holder = kvs_get(&l->holders, l->wanted.v[i]);

        if (!holder || !*holder)
            strv_add(&l->queue, l->wanted.v[i]);
    }
    for (size_t i = 0; i < l->holders.n; i++) {
        const char *file = l->holders.v[i].key;

        if (is_ours(l, file) && !strv_contains(&l->wanted, file))
            strv_add(&l->queue, file);
    }
}

static void step(struct vm_locks *l)
{
    const char *session = vm_session_id(l->session);
    struct err *err = NULL;

    if (!session) {
        err_set(&err, "the Consul session has ended");
        finish(l, err);
        return;
    }
    if (l->queue_at == l->queue.n) {
        finish(l, NULL);
        return;
    }
    const char *file = l->queue.v[l->queue_at];
    CLEAN(sbuf) struct sbuf path = SBUF_INIT;
    CLEAN(json) json_t *value = json_pack("{s:s}", "node", l->node);
    CLEAN(free_str) char *body = json_dumps(value, JSON_COMPACT);
    sbuf_addf(&path, "/v1/kv/%s", l->kind->prefix);
    url_add_escaped(&path, file);
    sbuf_addf(&path, SUFFIX "?%s=%s", is_ours(l, file) ? "release" : "acquire", session);
    l->request = consul_client_start(l->client, "PUT", sbuf_str(&path), body, TIMEOUT, on_step, l);
}

static void on_step(void *arg, const struct http_answer *answer)
{
    struct vm_locks *l = arg;
    const char *session = vm_session_id(l->session);
    const char *file = l->queue.v[l->queue_at++];
    CLEAN(free_str) char *what = xasprintf("cannot take the lock of %s%s", file, l->kind->ending);
    struct err *err = NULL;

    l->request = NULL;
    if (!http_answer_ok(answer)) {
        vm_acl_err(answer, what, l->kind->rule, &err);
        finish(l, err);
        return;
    }
    if (is_ours(l, file))
        kvs_set(&l->holders, file, "");
    else if (session && !strncmp(answer->body, "true", 4))
        kvs_set(&l->holders, file, session);
    else
        try_again(l);
    set_held(l);
    step(l);
}

static void try_again(struct vm_locks *l)
{
    ev_timer_stop(l->client->loop, &l->again);
    ev_timer_set(&l->again, AGAIN, 0.);
    ev_timer_start(l->client->loop, &l->again);
}

static void finish(struct vm_locks *l, struct err *err)
{
    if (!err && !l->wanted.n && !l->held.n)
        give_up(l);
    sync_finish(&l->sync, err);
}

/* ---- what we hold ---- */

static void report(const struct vm_lock_kind *k, const struct strv *before, const struct strv *now)
{
    for (size_t i = 0; i < now->n; i++)
        if (!strv_contains(before, now->v[i]))
            log_info(k->area, "we %s=%s%s", k->duty, now->v[i], k->ending);
    for (size_t i = 0; i < before->n; i++)
        if (!strv_contains(now, before->v[i]))
            log_info(k->area, "we no longer %s=%s%s", k->duty, before->v[i], k->ending);
}

static void set_held(struct vm_locks *l)
{
    struct strv before = l->held;

    l->held = (struct strv){0};
    for (size_t i = 0; i < l->holders.n; i++)
        if (is_ours(l, l->holders.v[i].key))
            strv_add(&l->held, l->holders.v[i].key);
    strv_sort_unique(&l->held);
    if (!strv_equal(&before, &l->held)) {
        report(l->kind, &before, &l->held);
        l->on_change(l->arg);
    }
    strv_done(&before);
}

/* Nobody renews the session any more. */
static void give_up(struct vm_locks *l)
{
    vm_session_close(l->session);
    consul_query_free(l->watch);
    l->watch = NULL;
    kvs_done(&l->holders);
    set_held(l);
}

static void on_session_end(void *arg)
{
    struct vm_locks *l = arg;

    give_up(l);
    sync_kick(&l->sync);
}

static void on_again(struct ev_loop *loop, ev_timer *w, int events)
{
    struct vm_locks *l = w->data;

    (void)loop;
    (void)events;
    sync_kick(&l->sync);
}

static int on_watched(void *arg, const char *body, size_t len, struct err **err)
{
    struct vm_locks *l = arg;

    (void)body;
    (void)len;
    (void)err;
    sync_kick(&l->sync);
    return 0;
}

/* What has become of the locks meanwhile is seen when the watch answers again. */
static void on_watch_error(void *arg, const struct err *err)
{
    const struct vm_locks *l = arg;

    log_debug(l->kind->area, "the watch of the locks broke: %s", err_msg(err));
}

/* The caller frees it. */
static char *all_locks(const struct vm_locks *l)
{
    return xasprintf("/v1/kv/%s?recurse", l->kind->prefix);
}

/* "billing" for "berth/services.d/billing/lock", or NULL; the caller frees it. */
static char *file_of_key(const struct vm_locks *l, const char *key)
{
    size_t len = strlen(key), prefix = strlen(l->kind->prefix), suffix = strlen(SUFFIX);

    if (len <= prefix + suffix || strncmp(key, l->kind->prefix, prefix) ||
        strcmp(key + len - suffix, SUFFIX))
        return NULL;
    return xstrndup(key + prefix, len - prefix - suffix);
}
