#include "registrator/dubbo_write.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "registrator/zk_request.h"

#define TRIES 3 /* of a create: others remove folders and nodes meanwhile */

struct dubbo_write {
    struct dubbo_writer *writer;
    struct dubbo_write *prev, *next;
    char *key;
    char *path;
    bool shared;
    bool is_put;
    unsigned tries;
};

static struct dubbo_write *write_new(struct dubbo_writer *w, const char *key, bool shared,
                                     bool is_put);
static void write_free(struct dubbo_write *write);
static void create(struct dubbo_write *write);
static void create_folders(struct dubbo_write *write);
static void on_created(void *arg, const struct zk_answer *answer);
static void look(struct dubbo_write *write);
static void on_looked(void *arg, const struct zk_answer *answer);
static void decide(struct dubbo_write *write, const struct zk_answer *answer);
static void on_replaced(void *arg, const struct zk_answer *answer);
static void on_removed(void *arg, const struct zk_answer *answer);
static void end(struct dubbo_write *write, enum dubbo_outcome outcome, struct err *err);
static void fail(struct dubbo_write *write, const char *what, const struct zk_answer *answer);

void dubbo_writer_done(struct dubbo_writer *w)
{
    while (w->writes)
        write_free(w->writes);
    free(w->root);
}

void dubbo_writer_put(struct dubbo_writer *w, const char *key, bool shared)
{
    create(write_new(w, key, shared, true));
}

/* Only the one who keeps a machine's node may remove it. */
void dubbo_writer_remove(struct dubbo_writer *w, const char *key, bool shared)
{
    struct dubbo_write *write = write_new(w, key, shared, false);
    struct err *err = NULL;

    if (shared)
        look(write);
    else if (zk_delete(w->session, write->path, on_removed, write, &err))
        end(write, DUBBO_IS_UNKNOWN, err);
}

static struct dubbo_write *write_new(struct dubbo_writer *w, const char *key, bool shared,
                                     bool is_put)
{
    struct dubbo_write *write = xcalloc(1, sizeof *write);

    *write = (struct dubbo_write){.writer = w,
                                  .next = w->writes,
                                  .key = xstrdup(key),
                                  .path = xasprintf("%s/%s", w->root, key),
                                  .shared = shared,
                                  .is_put = is_put};
    if (write->next)
        write->next->prev = write;
    w->writes = write;
    w->n++;
    return write;
}

static void write_free(struct dubbo_write *write)
{
    struct dubbo_writer *w = write->writer;

    if (write->prev)
        write->prev->next = write->next;
    else
        w->writes = write->next;
    if (write->next)
        write->next->prev = write->prev;
    w->n--;
    free(write->key);
    free(write->path);
    free(write);
}

static void create(struct dubbo_write *write)
{
    struct err *err = NULL;

    write->tries++;
    if (zk_create(write->writer->session, write->path, "", true, on_created, write, &err))
        end(write, DUBBO_IS_UNKNOWN, err);
}

/* ZooKeeper keeps the order of requests: the node's comes after these, whatever becomes of them. */
static void create_folders(struct dubbo_write *write)
{
    for (const char *slash = strchr(write->path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        CLEAN(free_str) char *folder = xstrndup(write->path, (size_t)(slash - write->path));

        zk_create(write->writer->session, folder, "", false, NULL, NULL, NULL);
    }
    create(write);
}

static void on_created(void *arg, const struct zk_answer *answer)
{
    struct dubbo_write *write = arg;

    switch (zk_rc_kind(answer->rc)) {
    case ZK_DONE:
        end(write, DUBBO_IS_OURS, NULL);
        break;
    case ZK_EXISTS:
        look(write);
        break;
    case ZK_ABSENT:
        if (write->tries < TRIES)
            create_folders(write);
        else
            fail(write, "create", answer);
        break;
    case ZK_NOT_EMPTY:
    case ZK_DENIED:
    case ZK_FAILED:
        fail(write, "create", answer);
        break;
    }
}

static void look(struct dubbo_write *write)
{
    struct err *err = NULL;

    if (zk_get(write->writer->session, write->path, false, on_looked, write, &err))
        end(write, DUBBO_IS_UNKNOWN, err);
}

static void on_looked(void *arg, const struct zk_answer *answer)
{
    struct dubbo_write *write = arg;

    switch (zk_rc_kind(answer->rc)) {
    case ZK_DONE:
        decide(write, answer);
        break;
    case ZK_ABSENT:
        if (!write->is_put)
            end(write, DUBBO_IS_GONE, NULL);
        else if (write->tries < TRIES)
            create(write);
        else
            fail(write, "create", answer);
        break;
    case ZK_EXISTS:
    case ZK_NOT_EMPTY:
    case ZK_DENIED:
    case ZK_FAILED:
        fail(write, "read", answer);
        break;
    }
}

/* A node that somebody made to stay (no owner) would outlive the provider. */
static void decide(struct dubbo_write *write, const struct zk_answer *answer)
{
    struct zk_session *s = write->writer->session;
    bool current = zk_session_is_current(s, answer->owner);
    bool strange = answer->owner && !current && !zk_session_is_previous(s, answer->owner);
    struct err *err = NULL;

    if (write->shared && strange)
        end(write, DUBBO_IS_OTHERS, NULL);
    else if (write->is_put && current)
        end(write, DUBBO_IS_OURS, NULL);
    else if (write->is_put) {
        if (zk_replace(s, write->path, "", answer->version, on_replaced, write, &err))
            end(write, DUBBO_IS_UNKNOWN, err);
    } else if (zk_delete(s, write->path, on_removed, write, &err)) {
        end(write, DUBBO_IS_UNKNOWN, err);
    }
}

static void on_replaced(void *arg, const struct zk_answer *answer)
{
    struct dubbo_write *write = arg;

    if (zk_rc_kind(answer->rc) == ZK_DONE)
        end(write, DUBBO_IS_OURS, NULL);
    else
        fail(write, "replace", answer);
}

static void on_removed(void *arg, const struct zk_answer *answer)
{
    struct dubbo_write *write = arg;
    enum zk_rc_kind kind = zk_rc_kind(answer->rc);

    if (kind == ZK_DONE || kind == ZK_ABSENT)
        end(write, DUBBO_IS_GONE, NULL);
    else
        fail(write, "delete", answer);
}

/* Takes 'err' over. */
static void end(struct dubbo_write *write, enum dubbo_outcome outcome, struct err *err)
{
    CLEAN(err) struct err *owned = err;
    struct dubbo_writer *w = write->writer;
    CLEAN(free_str) char *key = TAKE_PTR(write->key);

    write_free(write);
    w->on_end(w->arg, key, outcome, owned);
}

static void fail(struct dubbo_write *write, const char *what, const struct zk_answer *answer)
{
    struct err *err = NULL;
    size_t len = strcspn(write->key, "/");

    if (zk_rc_kind(answer->rc) == ZK_DENIED)
        err_set(&err,
                "ZooKeeper does not let us %s a provider of %.*s in %s: its ACL is for another "
                "user; say that one's name and password in [dubbo] digest_file",
                what, (int)len, write->key, write->writer->root);
    else
        err_set(&err, "cannot %s a provider of %.*s in ZooKeeper: %s", what, (int)len, write->key,
                zk_strerror(answer->rc));
    end(write, DUBBO_IS_UNKNOWN, err);
}
