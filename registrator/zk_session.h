/* One session with ZooKeeper beside the loop: connect, stay connected, begin anew when it expires.
 *
 * libzookeeper's single-threaded client on libev. It knows nothing of services: a registry makes
 * nodes, and is told when it must look at them again. A session that is freed is not closed: its
 * ephemeral nodes stay until it times out, and the session's id, kept in a file, tells the next
 * process that those nodes were its own. Host names are looked up by the library, which blocks:
 * addresses are better.
 *
 * Answers come from inside the library: 'done' and the callbacks must not free the session. */
#ifndef REGISTRATOR_ZK_SESSION_H
#define REGISTRATOR_ZK_SESSION_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

struct zk_session;

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

struct zk_session_user {
    void (*on_up)(void *arg);                      /* connected, or connected again */
    void (*on_event)(void *arg, const char *path); /* a node that was read has changed or gone */
    void *arg;
};

struct zk_session_config {
    const char *hosts;   /* "host:port,host:port" */
    const char *id_file; /* where the session's id is kept */
    const char *digest;  /* "user:password"; what is made is for that user alone; NULL: none */
    unsigned timeout;    /* milliseconds that the session lasts without us; the server may say
                            otherwise; 0: what registrator asks for */
    bool attach;         /* go on with the session of the process before, where it still lives */
};

/* Strings are copied, 'user' too. What does not answer is tried for ever. */
struct zk_session *zk_session_new(struct ev_loop *loop, const struct zk_session_config *config,
                                  const struct zk_session_user *user);
void zk_session_free(struct zk_session *s);

/* Seconds that the session lasts without us, as the server has it; 0: not connected yet. */
double zk_session_timeout(const struct zk_session *s);

bool zk_session_is_up(const struct zk_session *s);

/* Gives the connection up, not the session: requests under way fail, from the loop, and the next
 * server is tried. For one that does not answer; without this, the library waits for two thirds of
 * the session's time. */
void zk_session_reconnect(struct zk_session *s);

/* Is 'owner' this session, or the one of the process before? */
bool zk_session_is_current(const struct zk_session *s, int64_t owner);
bool zk_session_is_previous(const struct zk_session *s, int64_t owner);

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
