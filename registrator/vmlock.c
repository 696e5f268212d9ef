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

#define AREA "services.d"
#define PREFIX "berth/services.d/"
#define SUFFIX "/lock"
#define TTL 15          /* seconds; Consul may take twice as long */
#define RENEW (TTL / 3) /* seconds */
#define TIMEOUT 10.
#define AGAIN                                                                                      \
    2. /* seconds until a lock that is free and cannot be had is tried again: the delay            \
        */
#define SESSION_BODY "{\"Name\":\"%s\",\"TTL\":\"%ds\",\"LockDelay\":\"1s\"}"

struct vm_locks {
    struct consul_client *client;
    char *node;
    char *name; /* of the session */
    void (*on_change)(void *arg);
    void *arg;
    struct sync sync;
    char *session;      /* or NULL */
    struct strv wanted; /* files */
    struct kvs holders; /* file -> session, as last listed; "": nobody */
    struct strv held;   /* files whose lock is ours */
    struct strv queue;  /* files whose lock is to be taken or released in this pass */
    size_t queue_at;
    struct http_request *request; /* of the pass */
    struct http_request *renewal;
    struct consul_query *watch; /* of the locks; NULL: there is none yet */
    double renewed;             /* ev time of the last good renewal */
    ev_timer renew, again;
};

static void pass(void *owner);
static void on_sessions(void *arg, const struct http_answer *answer);
static void on_created(void *arg, const struct http_answer *answer);
static void use_session(struct vm_locks *l, const char *id);
static void list_locks(struct vm_locks *l);
static void on_locks(void *arg, const struct http_answer *answer);
static int read_holders(struct vm_locks *l, const char *text, size_t len, struct err **err);
static void plan(struct vm_locks *l);
static void step(struct vm_locks *l);
static void on_step(void *arg, const struct http_answer *answer);
static void try_again(struct vm_locks *l);
static void finish(struct vm_locks *l, struct err *err);
static void set_held(struct vm_locks *l);
static void give_up(struct vm_locks *l);
static void on_renew(struct ev_loop *loop, ev_timer *w, int events);
static void on_renewed(void *arg, const struct http_answer *answer);
static void on_again(struct ev_loop *loop, ev_timer *w, int events);
static int on_watched(void *arg, const char *body, size_t len, struct err **err);
static void on_watch_error(void *arg, const struct err *err);
static char *file_of_key(const char *key);

struct vm_locks *vm_locks_new(struct consul_client *c, const char *node,
                              void (*on_change)(void *arg), void *arg)
{
    struct vm_locks *l = xcalloc(1, sizeof *l);

    l->client = c;
    l->node = xstrdup(node);
    l->name = xasprintf("berth services.d of %s", node);
    l->on_change = on_change;
    l->arg = arg;
    sync_init(&l->sync, c->loop, AREA " lock", pass, l, 0.);
    ev_timer_init(&l->renew, on_renew, 0., RENEW);
    ev_timer_init(&l->again, on_again, 0., 0.);
    l->renew.data = l->again.data = l;
    return l;
}

void vm_locks_free(struct vm_locks *l)
{
    if (!l)
        return;
    sync_done(&l->sync);
    http_cancel(l->request);
    http_cancel(l->renewal);
    consul_query_free(l->watch);
    ev_timer_stop(l->client->loop, &l->renew);
    ev_timer_stop(l->client->loop, &l->again);
    strv_done(&l->wanted);
    strv_done(&l->held);
    strv_done(&l->queue);
    kvs_done(&l->holders);
    free(l->session);
    free(l->name);
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
    return l->session;
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

    if (l->session)
        list_locks(l);
    else if (l->wanted.n)
        l->request =
            consul_client_start(l->client, NULL, "/v1/session/list", NULL, TIMEOUT, on_sessions, l);
    else
        sync_finish(&l->sync, NULL);
}

/* The session of our name, which a berth before us has left, or NULL. */
static const char *find_session(const json_t *sessions, const char *name)
{
    const json_t *session;
    size_t at;

    json_array_foreach(sessions, at, session) {
        const char *said = json_str(session, "Name");

        if (said && !strcmp(said, name))
            return json_str(session, "ID");
    }
    return NULL;
}

static void on_sessions(void *arg, const struct http_answer *answer)
{
    struct vm_locks *l = arg;
    struct err *err = NULL;
    CLEAN(json) json_t *sessions = NULL;

    l->request = NULL;
    if (!http_answer_ok(answer))
        vm_acl_err(answer, "cannot list Consul's sessions", VM_ACL_SESSION, &err);
    else
        sessions = json_parse(answer->body, answer->len, &err);
    if (err) {
        finish(l, err);
        return;
    }
    const char *id = find_session(sessions, l->name);
    if (id) {
        use_session(l, id);
        list_locks(l);
        return;
    }
    CLEAN(free_str) char *body = xasprintf(SESSION_BODY, l->name, TTL);
    l->request =
        consul_client_start(l->client, "PUT", "/v1/session/create", body, TIMEOUT, on_created, l);
}

static void on_created(void *arg, const struct http_answer *answer)
{
    struct vm_locks *l = arg;
    struct err *err = NULL;
    CLEAN(json) json_t *session = NULL;

    l->request = NULL;
    if (!http_answer_ok(answer))
        vm_acl_err(answer, "cannot make a Consul session", VM_ACL_SESSION, &err);
    else
        session = json_parse(answer->body, answer->len, &err);
    const char *id = session ? json_str(session, "ID") : NULL;
    if (!err && !id)
        err_set(&err, "cannot make a Consul session: the answer has no ID");
    if (err) {
        finish(l, err);
        return;
    }
    use_session(l, id);
    list_locks(l);
}

static void use_session(struct vm_locks *l, const char *id)
{
    l->session = xstrdup(id);
    l->renewed = ev_now(l->client->loop);
    ev_timer_set(&l->renew, 0., RENEW);
    ev_timer_start(l->client->loop, &l->renew);
}

static void list_locks(struct vm_locks *l)
{
    l->request = consul_client_start(l->client, NULL, "/v1/kv/" PREFIX "?recurse", NULL, TIMEOUT,
                                     on_locks, l);
}

/* 404: there is no lock yet, and nothing that could be watched. */
static void on_locks(void *arg, const struct http_answer *answer)
{
    struct vm_locks *l = arg;
    struct err *err = NULL;

    l->request = NULL;
    if (answer->status == 404)
        kvs_done(&l->holders);
    else if (!http_answer_ok(answer))
        vm_acl_err(answer, "cannot read the locks of services.d", VM_ACL_KEY, &err);
    else if (!read_holders(l, answer->body, answer->len, &err) && !l->watch)
        l->watch = consul_query_new(l->client, "/v1/kv/" PREFIX "?recurse",
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
        return err_wrap(err, "Consul's answer about the locks of services.d");
    kvs_done(&l->holders);
    json_array_foreach(list, at, item) {
        const char *key = json_str(item, "Key"), *session = json_str(item, "Session");
        CLEAN(free_str) char *file = key ? file_of_key(key) : NULL;

        if (file)
            kvs_add(&l->holders, file, session ? session : "");
    }
    return 0;
}

static bool is_ours(const struct vm_locks *l, const char *file)
{
    const char *holder = kvs_get(&l->holders, file);

    return holder && l->session && !strcmp(holder, l->session);
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
    struct err *err = NULL;

    if (!l->session) {
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
    sbuf_adds(&path, "/v1/kv/" PREFIX);
    url_add_escaped(&path, file);
    sbuf_addf(&path, SUFFIX "?%s=%s", is_ours(l, file) ? "release" : "acquire", l->session);
    l->request = consul_client_start(l->client, "PUT", sbuf_str(&path), body, TIMEOUT, on_step, l);
}

static void on_step(void *arg, const struct http_answer *answer)
{
    struct vm_locks *l = arg;
    const char *file = l->queue.v[l->queue_at++];
    CLEAN(free_str) char *what = xasprintf("cannot take the lock of %s.conf", file);
    struct err *err = NULL;

    l->request = NULL;
    if (!http_answer_ok(answer)) {
        vm_acl_err(answer, what, VM_ACL_KEY, &err);
        finish(l, err);
        return;
    }
    if (is_ours(l, file))
        kvs_set(&l->holders, file, "");
    else if (l->session && !strncmp(answer->body, "true", 4))
        kvs_set(&l->holders, file, l->session);
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

static void report(const struct strv *before, const struct strv *now)
{
    for (size_t i = 0; i < now->n; i++)
        if (!strv_contains(before, now->v[i]))
            log_info(AREA, "we register the machines of file=%s.conf", now->v[i]);
    for (size_t i = 0; i < before->n; i++)
        if (!strv_contains(now, before->v[i]))
            log_info(AREA, "we no longer register the machines of file=%s.conf", before->v[i]);
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
        report(&before, &l->held);
        l->on_change(l->arg);
    }
    strv_done(&before);
}

/* The session is over, or left to end. */
static void give_up(struct vm_locks *l)
{
    ev_timer_stop(l->client->loop, &l->renew);
    http_cancel(l->renewal);
    l->renewal = NULL;
    free(l->session);
    l->session = NULL;
    kvs_done(&l->holders);
    set_held(l);
}

/* ---- the session ---- */

static void on_renew(struct ev_loop *loop, ev_timer *w, int events)
{
    struct vm_locks *l = w->data;

    (void)loop;
    (void)events;
    if (l->renewal)
        return;
    CLEAN(free_str) char *path = xasprintf("/v1/session/renew/%s", l->session);
    l->renewal = consul_client_start(l->client, "PUT", path, NULL, TIMEOUT, on_renewed, l);
}

/* 404: the session has ended. Without an answer it may have, from its time to live on. */
static void on_renewed(void *arg, const struct http_answer *answer)
{
    struct vm_locks *l = arg;
    double now = ev_now(l->client->loop);
    bool ended = !answer->err && answer->status == 404;

    l->renewal = NULL;
    if (http_answer_ok(answer)) {
        l->renewed = now;
        return;
    }
    if (!ended && now - l->renewed < TTL)
        return;
    if (ended || l->held.n)
        log_warn(AREA, "the Consul session has ended: others may register the machines now");
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
    (void)arg;
    log_debug(AREA, "the watch of the locks broke: %s", err_msg(err));
}

/* "billing" for "berth/services.d/billing/lock", or NULL; the caller frees it. */
static char *file_of_key(const char *key)
{
    size_t len = strlen(key), prefix = strlen(PREFIX), suffix = strlen(SUFFIX);

    if (len <= prefix + suffix || strncmp(key, PREFIX, prefix) ||
        strcmp(key + len - suffix, SUFFIX))
        return NULL;
    return xstrndup(key + prefix, len - prefix - suffix);
}
