#include "registrator/zk_session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <zookeeper/zookeeper.h>

#include "lib/file.h"
#include "lib/log.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

#define AREA "zookeeper"
#define PASSWORD_LEN sizeof((clientid_t *)NULL)->passwd
/* Of the session, as registrator asks for; the server may say otherwise. */
#define TIMEOUT_MS 10000
#define REOPEN 2.     /* seconds until a client that could not be made is tried again */
#define PAUSE_MIN 0.1 /* seconds between looks at servers that all refuse */
#define ID_MAX 128    /* bytes of the file with the id */

struct zk_session {
    struct ev_loop *loop;
    char *hosts;
    char *id_file;
    char *digest; /* NULL: none */
    int timeout;  /* milliseconds that we ask for */
    bool attach;
    struct zk_session_user user;
    zhandle_t *handle; /* NULL: could not be made yet */
    int64_t previous;  /* id of the session before; 0: none */
    clientid_t kept;   /* the session to go on with; id 0: none */
    bool over;         /* expired or refused: begin anew, outside of the library */
    bool freed;        /* answers go nowhere */
    int fd;            /* of the last interest; -1: none */
    bool stale;        /* the library may wait for something else than the last time */
    ev_prepare prepare;
    ev_io io;
    ev_timer timer;
};

/* One request under way. */
struct zk_op {
    struct zk_session *session;
    void (*done)(void *arg, const struct zk_answer *answer);
    void *arg;
    zoo_op_t ops[2]; /* of a replacement, with what they borrow */
    zoo_op_result_t results[2];
    char *path, *data;
};

static const struct ACL_vector *acl_of(const struct zk_session *s);
static void read_previous(struct zk_session *s);
static int read_password(const char *text, char ret[PASSWORD_LEN]);
static void write_id(struct zk_session *s);
static void open_handle(struct zk_session *s);
static void drop_handle(struct zk_session *s);
static void on_prepare(struct ev_loop *loop, ev_prepare *w, int events);
static void on_io(struct ev_loop *loop, ev_io *w, int events);
static void on_timer(struct ev_loop *loop, ev_timer *w, int events);
static void on_session(zhandle_t *handle, int type, int state, const char *path, void *context);
static void on_node(zhandle_t *handle, int type, int state, const char *path, void *context);
static void on_authenticated(int rc, const void *data);
static void on_library_log(const char *message);
static struct zk_op *op_new(struct zk_session *s,
                            void (*done)(void *arg, const struct zk_answer *answer), void *arg);
static int op_started(struct zk_op *op, int rc, const char *what, const char *path,
                      struct err **err);
static void op_end(const void *data, const struct zk_answer *answer);
static void on_string(int rc, const char *value, const void *data);
static void on_void(int rc, const void *data);
static void on_data(int rc, const char *value, int len, const struct Stat *stat, const void *data);
static void on_strings(int rc, const struct String_vector *strings, const void *data);

struct zk_session *zk_session_new(struct ev_loop *loop, const struct zk_session_config *config,
                                  const struct zk_session_user *user)
{
    struct zk_session *s = xcalloc(1, sizeof *s);

    zoo_set_debug_level(ZOO_LOG_LEVEL_WARN);
    s->loop = loop;
    s->hosts = xstrdup(config->hosts);
    s->id_file = xstrdup(config->id_file);
    s->digest = config->digest ? xstrdup(config->digest) : NULL;
    s->timeout = config->timeout ? (int)config->timeout : TIMEOUT_MS;
    s->attach = config->attach;
    s->user = *user;
    s->fd = -1;
    ev_prepare_init(&s->prepare, on_prepare);
    ev_init(&s->io, on_io);
    ev_init(&s->timer, on_timer);
    s->prepare.data = s->io.data = s->timer.data = s;
    read_previous(s);
    open_handle(s);
    ev_prepare_start(loop, &s->prepare);
    return s;
}

void zk_session_free(struct zk_session *s)
{
    if (!s)
        return;
    s->freed = true;
    ev_prepare_stop(s->loop, &s->prepare);
    ev_io_stop(s->loop, &s->io);
    ev_timer_stop(s->loop, &s->timer);
    drop_handle(s);
    free(s->hosts);
    free(s->id_file);
    free(s->digest);
    free(s);
}

double zk_session_timeout(const struct zk_session *s)
{
    return s->handle ? zoo_recv_timeout(s->handle) / 1000. : 0.;
}

bool zk_session_is_up(const struct zk_session *s)
{
    return s->handle && !s->over && zoo_state(s->handle) == ZOO_CONNECTED_STATE;
}

/* The library finds its socket closed. */
void zk_session_reconnect(struct zk_session *s)
{
    if (s->fd >= 0 && zk_session_is_up(s))
        shutdown(s->fd, SHUT_RDWR);
}

bool zk_session_is_current(const struct zk_session *s, int64_t owner)
{
    return owner && s->handle && owner == zoo_client_id(s->handle)->client_id;
}

bool zk_session_is_previous(const struct zk_session *s, int64_t owner)
{
    return owner && owner == s->previous;
}

int zk_create(struct zk_session *s, const char *path, const char *data, bool ephemeral,
              void (*done)(void *arg, const struct zk_answer *answer), void *arg, struct err **err)
{
    struct zk_op *op = op_new(s, done, arg);
    int rc = s->handle ? zoo_acreate(s->handle, path, data, (int)strlen(data), acl_of(s),
                                     ephemeral ? ZOO_EPHEMERAL : 0, on_string, op)
                       : ZINVALIDSTATE;

    return op_started(op, rc, "create", path, err);
}

int zk_replace(struct zk_session *s, const char *path, const char *data, int32_t version,
               void (*done)(void *arg, const struct zk_answer *answer), void *arg, struct err **err)
{
    struct zk_op *op = op_new(s, done, arg);

    op->path = xstrdup(path);
    op->data = xstrdup(data);
    zoo_delete_op_init(&op->ops[0], op->path, version);
    zoo_create_op_init(&op->ops[1], op->path, op->data, (int)strlen(op->data), acl_of(s),
                       ZOO_EPHEMERAL, NULL, 0);
    int rc =
        s->handle ? zoo_amulti(s->handle, 2, op->ops, op->results, on_void, op) : ZINVALIDSTATE;
    return op_started(op, rc, "replace", path, err);
}

int zk_get(struct zk_session *s, const char *path, bool watch,
           void (*done)(void *arg, const struct zk_answer *answer), void *arg, struct err **err)
{
    struct zk_op *op = op_new(s, done, arg);
    int rc = s->handle ? zoo_awget(s->handle, path, watch ? on_node : NULL, s, on_data, op)
                       : ZINVALIDSTATE;

    return op_started(op, rc, "read", path, err);
}

int zk_children(struct zk_session *s, const char *path, bool watch,
                void (*done)(void *arg, const struct zk_answer *answer), void *arg,
                struct err **err)
{
    struct zk_op *op = op_new(s, done, arg);
    int rc = s->handle
                 ? zoo_awget_children(s->handle, path, watch ? on_node : NULL, s, on_strings, op)
                 : ZINVALIDSTATE;

    return op_started(op, rc, "list", path, err);
}

int zk_delete(struct zk_session *s, const char *path,
              void (*done)(void *arg, const struct zk_answer *answer), void *arg, struct err **err)
{
    struct zk_op *op = op_new(s, done, arg);
    int rc = s->handle ? zoo_adelete(s->handle, path, -1, on_void, op) : ZINVALIDSTATE;

    return op_started(op, rc, "delete", path, err);
}

enum zk_rc_kind zk_rc_kind(int rc)
{
    switch (rc) {
    case ZOK:
        return ZK_DONE;
    case ZNONODE:
        return ZK_ABSENT;
    case ZNODEEXISTS:
        return ZK_EXISTS;
    case ZNOTEMPTY:
        return ZK_NOT_EMPTY;
    case ZNOAUTH:
        return ZK_DENIED;
    default: /* the library has more, and may get more */
        return ZK_FAILED;
    }
}

const char *zk_strerror(int rc)
{
    return zerror(rc);
}

/* With a digest, what is made is its owner's alone, as Dubbo itself does it. */
static const struct ACL_vector *acl_of(const struct zk_session *s)
{
    return s->digest ? &ZOO_CREATOR_ALL_ACL : &ZOO_OPEN_ACL_UNSAFE;
}

/* ---- the session's id ---- */

/* "<id>", or "<id> <password>" of a session that can be gone on with, both hexadecimal. */
static void read_previous(struct zk_session *s)
{
    CLEAN(free_str) char *text = file_read(s->id_file, ID_MAX, NULL, NULL);
    char *end = text;

    if (!text)
        return;
    s->previous = (int64_t)strtoull(text, &end, 16);
    if (s->attach && *end == ' ' && !read_password(end + 1, s->kept.passwd))
        s->kept.client_id = s->previous;
}

static int read_password(const char *text, char ret[PASSWORD_LEN])
{
    for (size_t i = 0; i < PASSWORD_LEN; i++) {
        unsigned byte;

        if (strspn(text + 2 * i, "0123456789abcdef") < 2 || sscanf(text + 2 * i, "%2x", &byte) != 1)
            return -1;
        ret[i] = (char)byte;
    }
    return 0;
}

/* Without it, a restart takes as long as the old session needs to time out: worth a word, no more.
 */
static void write_id(struct zk_session *s)
{
    const clientid_t *id = zoo_client_id(s->handle);
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    CLEAN(free_str) char *dir = xstrdup(s->id_file);
    CLEAN(err) struct err *err = NULL;
    char *slash = strrchr(dir, '/');

    if (slash)
        *slash = '\0';
    sbuf_addf(&text, "%" PRIx64, (uint64_t)id->client_id);
    for (size_t i = 0; s->attach && i < PASSWORD_LEN; i++)
        sbuf_addf(&text, "%s%02x", i ? "" : " ", (unsigned char)id->passwd[i]);
    sbuf_addch(&text, '\n');
    if (file_make_dirs(dir, 0755, &err) ||
        file_replace(s->id_file, sbuf_str(&text), text.len, 0600, &err))
        log_warn(AREA, "the session's id cannot be kept: %s", err_msg(err));
}

/* ---- the library's handle ---- */

static void open_handle(struct zk_session *s)
{
    s->over = false;
    s->stale = true;
    s->handle =
        zookeeper_init2(s->hosts, on_session, s->timeout, s->kept.client_id ? &s->kept : NULL, s,
                        ZOO_NO_LOG_CLIENTENV, on_library_log);
    if (!s->handle)
        log_warn(AREA, "no client for %s: %s; berth keeps trying", s->hosts, strerror(errno));
    else if (s->digest)
        zoo_add_auth(s->handle, "digest", s->digest, (int)strlen(s->digest), on_authenticated,
                     NULL);
}

/* A connection that is gone is the one way to give up a handle without ending its session. */
static void drop_handle(struct zk_session *s)
{
    zhandle_t *handle = s->handle;

    s->handle = NULL;
    if (!handle)
        return;
    if (s->fd >= 0 && zoo_state(handle) == ZOO_CONNECTED_STATE)
        shutdown(s->fd, SHUT_RDWR);
    s->fd = -1;
    zookeeper_close(handle);
}

static void begin_anew(struct zk_session *s)
{
    s->previous = zoo_client_id(s->handle)->client_id;
    s->kept.client_id = 0;
    drop_handle(s);
    open_handle(s);
}

/* Before the wait after each use of the library: it says what it waits for. The watcher is set up
 * anew, as the library opens sockets under the same number. Not before every wait: each question
 * makes the library look its servers' names up again. */
static void on_prepare(struct ev_loop *loop, ev_prepare *w, int events)
{
    struct zk_session *s = w->data;
    struct timeval tv = {1, 0};
    int fd = -1, want = 0;

    (void)events;
    if (!s->stale)
        return;
    s->stale = false;
    ev_io_stop(loop, &s->io);
    ev_timer_stop(loop, &s->timer);
    if (s->over)
        begin_anew(s);
    int rc = s->handle ? zookeeper_interest(s->handle, &fd, &want, &tv) : ZINVALIDSTATE;
    double delay = s->handle ? (double)tv.tv_sec + (double)tv.tv_usec / 1e6 : REOPEN;
    if (rc != ZOK && delay < PAUSE_MIN)
        delay = PAUSE_MIN;
    s->fd = fd;
    if (fd >= 0 && want) {
        ev_io_set(&s->io, fd,
                  (want & ZOOKEEPER_READ ? EV_READ : 0) | (want & ZOOKEEPER_WRITE ? EV_WRITE : 0));
        ev_io_start(loop, &s->io);
    }
    ev_timer_set(&s->timer, s->over || s->stale ? 0. : delay, 0.);
    ev_timer_start(loop, &s->timer);
}

static void on_io(struct ev_loop *loop, ev_io *w, int events)
{
    struct zk_session *s = w->data;

    (void)loop;
    s->stale = true;
    if (s->handle && !s->over)
        zookeeper_process(s->handle, (events & EV_READ ? ZOOKEEPER_READ : 0) |
                                         (events & EV_WRITE ? ZOOKEEPER_WRITE : 0));
}

/* Wakes the loop: on_prepare() does the rest. */
static void on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
    struct zk_session *s = w->data;

    (void)loop;
    (void)events;
    s->stale = true;
    if (!s->handle)
        open_handle(s);
}

static void on_session(zhandle_t *handle, int type, int state, const char *path, void *context)
{
    struct zk_session *s = context;

    (void)path;
    if (type != ZOO_SESSION_EVENT || s->freed || handle != s->handle)
        return;
    if (state == ZOO_CONNECTED_STATE) {
        log_info(AREA, "connected hosts=%s session=%" PRIx64 " timeout=%g%s", s->hosts,
                 (uint64_t)zoo_client_id(handle)->client_id, zk_session_timeout(s),
                 zoo_recv_timeout(handle) == s->timeout ? "" : ", as the server allows");
        write_id(s);
        s->user.on_up(s->user.arg);
    } else if (state == ZOO_EXPIRED_SESSION_STATE || state == ZOO_AUTH_FAILED_STATE) {
        log_warn(AREA, "the session has %s: what it registered is gone, and registered again",
                 state == ZOO_EXPIRED_SESSION_STATE ? "expired" : "been refused");
        s->over = true;
    }
}

/* A watcher hears of the session, too. */
static void on_node(zhandle_t *handle, int type, int state, const char *path, void *context)
{
    struct zk_session *s = context;

    (void)state;
    if (type != ZOO_SESSION_EVENT && !s->freed && handle == s->handle)
        s->user.on_event(s->user.arg, path);
}

/* A refusal shows as the session's state. */
static void on_authenticated(int rc, const void *data)
{
    (void)rc;
    (void)data;
}

static void on_library_log(const char *message)
{
    log_debug(AREA, "%s", message);
}

/* ---- requests ---- */

static struct zk_op *op_new(struct zk_session *s,
                            void (*done)(void *arg, const struct zk_answer *answer), void *arg)
{
    struct zk_op *op = xcalloc(1, sizeof *op);

    s->stale = true;
    op->session = s;
    op->done = done;
    op->arg = arg;
    return op;
}

static void op_free(struct zk_op *op)
{
    free(op->path);
    free(op->data);
    free(op);
}

static int op_started(struct zk_op *op, int rc, const char *what, const char *path,
                      struct err **err)
{
    if (rc == ZOK)
        return 0;
    op_free(op);
    return err_set(err, "cannot %s %s in ZooKeeper: %s", what, path, zerror(rc));
}

/* 'data' is the op: the library hands it through as constant. */
static void op_end(const void *data, const struct zk_answer *answer)
{
    struct zk_op *op = (struct zk_op *)(uintptr_t)data;

    if (op->done && !op->session->freed)
        op->done(op->arg, answer);
    op_free(op);
}

static void on_string(int rc, const char *value, const void *data)
{
    (void)value;
    op_end(data, &(struct zk_answer){.rc = rc});
}

static void on_strings(int rc, const struct String_vector *strings, const void *data)
{
    bool good = rc == ZOK && strings;

    op_end(data, &(struct zk_answer){.rc = rc,
                                     .children = good ? (const char *const *)strings->data : NULL,
                                     .n_children = good ? (size_t)strings->count : 0});
}

static void on_void(int rc, const void *data)
{
    op_end(data, &(struct zk_answer){.rc = rc});
}

static void on_data(int rc, const char *value, int len, const struct Stat *stat, const void *data)
{
    op_end(data, &(struct zk_answer){.rc = rc,
                                     .data = value,
                                     .len = rc == ZOK && len > 0 ? (size_t)len : 0,
                                     .owner = rc == ZOK ? stat->ephemeralOwner : 0,
                                     .version = rc == ZOK ? stat->version : 0});
}
