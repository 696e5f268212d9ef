/* Puts and deletes in ZooKeeper: a node is made where one is wanted, then the old one removed.
 *
 * A node of this session that says something else, and one of the session before, is replaced; a
 * stranger's is an error, and watched until it goes. */
#ifndef REGISTRATOR_ZK_WRITE_H
#define REGISTRATOR_ZK_WRITE_H

#include <ev.h>
#include <stdbool.h>

#include "registrator/zk_own.h"

struct zk_call;

struct zk_writer {
    struct ev_loop *loop;
    struct zk_own *own; /* borrowed */
    struct zk_call *calls;
};

/* Frees what is under way. The session must be free before: it calls back no more. */
void zk_writer_done(struct zk_writer *w);

/* As registry.h's put and del say. 'i' and 'id' are copied. */
void zk_writer_put(struct zk_writer *w, const struct instance *i,
                   void (*done)(void *arg, const struct err *err), void *arg);
void zk_writer_del(struct zk_writer *w, const char *id,
                   void (*done)(void *arg, const struct err *err), void *arg);

/* Is a call under way that makes or removes the node at 'path'? */
bool zk_writer_is_at(const struct zk_writer *w, const char *path);

#endif
