/* Makes and removes provider nodes in ZooKeeper, one call for each.
 *
 * A node that is there already is looked at: ours stays, that of a session before is replaced
 * without a moment between, and a machine's that another berth keeps is left to it. */
#ifndef REGISTRATOR_DUBBO_WRITE_H
#define REGISTRATOR_DUBBO_WRITE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"
#include "registrator/zk_session.h"

enum dubbo_outcome {
    DUBBO_IS_OURS,
    DUBBO_IS_OTHERS, /* another session's, and that is fine */
    DUBBO_IS_GONE,
    DUBBO_IS_UNKNOWN, /* it failed */
};

struct dubbo_write;

struct dubbo_writer {
    struct zk_session *session; /* borrowed */
    char *root;                 /* "/chroot/dubbo" */
    /* Called for each write when it has ended, from inside the library; 'err' is NULL but for
     * DUBBO_IS_UNKNOWN. */
    void (*on_end)(void *arg, const char *key, enum dubbo_outcome outcome, const struct err *err);
    void *arg;
    struct dubbo_write *writes; /* under way */
    size_t n;
};

/* Frees what is under way. The session must be free before: it calls back no more. */
void dubbo_writer_done(struct dubbo_writer *w);

/* The node with 'key' shall be there, or shall not. 'shared' as in dubbo_node.h. */
void dubbo_writer_put(struct dubbo_writer *w, const char *key, bool shared);
void dubbo_writer_remove(struct dubbo_writer *w, const char *key, bool shared);

#endif
