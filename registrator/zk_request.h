/* Requests to ZooKeeper within a session: create, replace, read, list, delete.
 *
 * Requests are answered in their order, from inside the library: 'done' must not free the session.
 */
#ifndef REGISTRATOR_ZK_REQUEST_H
#define REGISTRATOR_ZK_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "registrator/zk_session.h"

struct zk_answer {
    int rc;           /* 0, or the library's number; zk_strerror() says it in words */
    const char *data; /* of zk_get(); not NUL-ended; valid in the call */
    size_t len;
    int64_t owner;               /* of zk_get(): the session whose ephemeral node it is; 0: none */
    int32_t version;             /* of zk_get() */
    const char *const *children; /* of zk_children(): their names; valid in the call */
    size_t n_children;
};

enum zk_rc_kind {
    ZK_DONE,
    ZK_ABSENT,    /* there is no such node, or no parent for a new one */
    ZK_EXISTS,    /* there is one already */
    ZK_NOT_EMPTY, /* it has children */
    ZK_DENIED,    /* the ACL there is for somebody else */
    ZK_FAILED,
};

/* Each starts a request and returns 0, or -1 where none can be made. 'done' may be NULL; it is
 * called once, also when the session ends, unless the session is freed. */
int zk_create(struct zk_session *s, const char *path, const char *data, bool ephemeral,
              void (*done)(void *arg, const struct zk_answer *answer), void *arg, struct err **err);

/* Replaces version 'version' of 'path' by an ephemeral node of this session; readers never miss
 * it. */
int zk_replace(struct zk_session *s, const char *path, const char *data, int32_t version,
               void (*done)(void *arg, const struct zk_answer *answer), void *arg,
               struct err **err);

/* Reads a node, and watches it where 'watch' is true: 'on_event' is called once. */
int zk_get(struct zk_session *s, const char *path, bool watch,
           void (*done)(void *arg, const struct zk_answer *answer), void *arg, struct err **err);

/* Lists the names of a node's children, and watches them where 'watch' is true: 'on_event' is
 * called once, with the node's path. */
int zk_children(struct zk_session *s, const char *path, bool watch,
                void (*done)(void *arg, const struct zk_answer *answer), void *arg,
                struct err **err);

int zk_delete(struct zk_session *s, const char *path,
              void (*done)(void *arg, const struct zk_answer *answer), void *arg, struct err **err);

enum zk_rc_kind zk_rc_kind(int rc);
const char *zk_strerror(int rc);

#endif
