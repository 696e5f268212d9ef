#include "registrator/vmsession.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/log.h"
#include "lib/xmalloc.h"
#include "registrator/vmacl.h"

#define TTL 15          /* seconds; Consul may take twice as long */
#define RENEW (TTL / 3) /* seconds */
#define TIMEOUT 10.

struct vm_session {
    struct consul_client *client;
    const char *area;
    char *name;
    char *id; /* or NULL */
    void (*on_end)(void *arg);
    void *arg;
    void (*on_done)(void *arg, const struct err *err); /* of vm_session_open() */
    void *done_arg;
    struct http_request *request; /* of vm_session_open() */
    struct http_request *renewal;
    double renewed; /* ev time of the last good renewal */
    ev_timer renew;
};

static void on_sessions(void *arg, const struct http_answer *answer);
static const char *find_session(const json_t *sessions, const char *name);
static void create(struct vm_session *s);
static void on_created(void *arg, const struct http_answer *answer);
static void use(struct vm_session *s, const char *id);
static void finish(struct vm_session *s, const struct err *err);
static void on_renew(struct ev_loop *loop, ev_timer *w, int events);
static void on_renewed(void *arg, const struct http_answer *answer);

struct vm_session *vm_session_new(struct consul_client *c, const char *area, const char *node,
                                  void (*on_end)(void *arg), void *arg)
{
    struct vm_session *s = xcalloc(1, sizeof *s);

    s->client = c;
    s->name = xasprintf("berth %s of %s", area, node);
    s->area = area;
    s->on_end = on_end;
    s->arg = arg;
    ev_timer_init(&s->renew, on_renew, 0., RENEW);
    s->renew.data = s;
    return s;
}

void vm_session_free(struct vm_session *s)
{
    if (!s)
        return;
    vm_session_close(s);
    http_cancel(s->request);
    free(s->name);
    free(s);
}

void vm_session_open(struct vm_session *s, void (*on_done)(void *arg, const struct err *err),
                     void *arg)
{
    s->on_done = on_done;
    s->done_arg = arg;
    if (s->id)
        finish(s, NULL);
    else
        s->request =
            consul_client_start(s->client, NULL, "/v1/session/list", NULL, TIMEOUT, on_sessions, s);
}

const char *vm_session_id(const struct vm_session *s)
{
    return s->id;
}

void vm_session_close(struct vm_session *s)
{
    ev_timer_stop(s->client->loop, &s->renew);
    http_cancel(s->renewal);
    s->renewal = NULL;
    free(s->id);
    s->id = NULL;
}

/* ---- finding or making it ---- */

static void on_sessions(void *arg, const struct http_answer *answer)
{
    struct vm_session *s = arg;
    CLEAN(err) struct err *err = NULL;
    CLEAN(json) json_t *sessions = NULL;

    s->request = NULL;
    if (!http_answer_ok(answer))
        vm_acl_err(answer, "cannot list Consul's sessions", VM_ACL_SESSION, &err);
    else
        sessions = json_parse(answer->body, answer->len, &err);
    const char *id = find_session(sessions, s->name);
    if (err) {
        finish(s, err);
    } else if (id) {
        use(s, id);
        finish(s, NULL);
    } else {
        create(s);
    }
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

/* The shortest delay: what a lock protects is written in transactions that check the session. */
static void create(struct vm_session *s)
{
    CLEAN(free_str) char *ttl = xasprintf("%ds", TTL);
    CLEAN(json)
    json_t *body = json_pack("{s:s,s:s,s:s}", "Name", s->name, "TTL", ttl, "LockDelay", "1s");
    CLEAN(free_str) char *text = json_dumps(body, JSON_COMPACT);

    s->request =
        consul_client_start(s->client, "PUT", "/v1/session/create", text, TIMEOUT, on_created, s);
}

static void on_created(void *arg, const struct http_answer *answer)
{
    struct vm_session *s = arg;
    CLEAN(err) struct err *err = NULL;
    CLEAN(json) json_t *session = NULL;

    s->request = NULL;
    if (!http_answer_ok(answer))
        vm_acl_err(answer, "cannot make a Consul session", VM_ACL_SESSION, &err);
    else
        session = json_parse(answer->body, answer->len, &err);
    const char *id = json_str(session, "ID");
    if (id)
        use(s, id);
    else if (!err)
        err_set(&err, "cannot make a Consul session: the answer has no ID");
    finish(s, err);
}

static void use(struct vm_session *s, const char *id)
{
    s->id = xstrdup(id);
    s->renewed = ev_now(s->client->loop);
    ev_timer_set(&s->renew, 0., RENEW);
    ev_timer_start(s->client->loop, &s->renew);
}

static void finish(struct vm_session *s, const struct err *err)
{
    s->on_done(s->done_arg, err);
}

/* ---- renewing it ---- */

static void on_renew(struct ev_loop *loop, ev_timer *w, int events)
{
    struct vm_session *s = w->data;

    (void)loop;
    (void)events;
    if (s->renewal)
        return;
    CLEAN(free_str) char *path = xasprintf("/v1/session/renew/%s", s->id);
    s->renewal = consul_client_start(s->client, "PUT", path, NULL, TIMEOUT, on_renewed, s);
}

/* 404: the session has ended. Without an answer it may have, from its time to live on. */
static void on_renewed(void *arg, const struct http_answer *answer)
{
    struct vm_session *s = arg;
    double now = ev_now(s->client->loop);
    bool ended = !answer->err && answer->status == 404;

    s->renewal = NULL;
    if (http_answer_ok(answer)) {
        s->renewed = now;
        return;
    }
    if (!ended && now - s->renewed < TTL)
        return;
    log_warn(s->area, "the Consul session has ended: others may take over now");
    vm_session_close(s);
    s->on_end(s->arg);
}
