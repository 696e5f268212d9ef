#include "registrator/zk_request.h"

#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "registrator/zk_handle.h"

/* One request under way. */
struct zk_op {
    struct zk_session *session;
    void (*done)(void *arg, const struct zk_answer *answer);
    void *arg;
    zoo_op_t ops[2]; /* of a replacement, with what they borrow */
    zoo_op_result_t results[2];
    char *path, *data;
};

static struct zk_op *op_new(struct zk_session *s,
                            void (*done)(void *arg, const struct zk_answer *answer), void *arg);
static int op_started(struct zk_op *op, int rc, const char *what, const char *path,
                      struct err **err);
static void op_end(const void *data, const struct zk_answer *answer);
static void on_string(int rc, const char *value, const void *data);
static void on_void(int rc, const void *data);
static void on_data(int rc, const char *value, int len, const struct Stat *stat, const void *data);
static void on_strings(int rc, const struct String_vector *strings, const void *data);

int zk_create(struct zk_session *s, const char *path, const char *data, bool ephemeral,
              void (*done)(void *arg, const struct zk_answer *answer), void *arg, struct err **err)
{
    struct zk_op *op = op_new(s, done, arg);
    zhandle_t *handle = zk_handle_use(s);
    int rc = handle ? zoo_acreate(handle, path, data, (int)strlen(data), zk_handle_acl(s),
                                  ephemeral ? ZOO_EPHEMERAL : 0, on_string, op)
                    : ZINVALIDSTATE;

    return op_started(op, rc, "create", path, err);
}

int zk_replace(struct zk_session *s, const char *path, const char *data, int32_t version,
               void (*done)(void *arg, const struct zk_answer *answer), void *arg, struct err **err)
{
    struct zk_op *op = op_new(s, done, arg);
    zhandle_t *handle = zk_handle_use(s);

    op->path = xstrdup(path);
    op->data = xstrdup(data);
    zoo_delete_op_init(&op->ops[0], op->path, version);
    zoo_create_op_init(&op->ops[1], op->path, op->data, (int)strlen(op->data), zk_handle_acl(s),
                       ZOO_EPHEMERAL, NULL, 0);
    int rc = handle ? zoo_amulti(handle, 2, op->ops, op->results, on_void, op) : ZINVALIDSTATE;
    return op_started(op, rc, "replace", path, err);
}

int zk_get(struct zk_session *s, const char *path, bool watch,
           void (*done)(void *arg, const struct zk_answer *answer), void *arg, struct err **err)
{
    struct zk_op *op = op_new(s, done, arg);
    zhandle_t *handle = zk_handle_use(s);
    int rc = handle ? zoo_awget(handle, path, watch ? zk_handle_on_node : NULL, s, on_data, op)
                    : ZINVALIDSTATE;

    return op_started(op, rc, "read", path, err);
}

int zk_children(struct zk_session *s, const char *path, bool watch,
                void (*done)(void *arg, const struct zk_answer *answer), void *arg,
                struct err **err)
{
    struct zk_op *op = op_new(s, done, arg);
    zhandle_t *handle = zk_handle_use(s);
    int rc = handle ? zoo_awget_children(handle, path, watch ? zk_handle_on_node : NULL, s,
                                         on_strings, op)
                    : ZINVALIDSTATE;

    return op_started(op, rc, "list", path, err);
}

int zk_delete(struct zk_session *s, const char *path,
              void (*done)(void *arg, const struct zk_answer *answer), void *arg, struct err **err)
{
    struct zk_op *op = op_new(s, done, arg);
    zhandle_t *handle = zk_handle_use(s);
    int rc = handle ? zoo_adelete(handle, path, -1, on_void, op) : ZINVALIDSTATE;

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

static struct zk_op *op_new(struct zk_session *s,
                            void (*done)(void *arg, const struct zk_answer *answer), void *arg)
{
    struct zk_op *op = xcalloc(1, sizeof *op);

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

    if (op->done && zk_handle_answers(op->session))
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
