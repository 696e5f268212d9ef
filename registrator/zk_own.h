/* What is ours in ZooKeeper, as far as we know: shared by what writes it and what lists it. */
#ifndef REGISTRATOR_ZK_OWN_H
#define REGISTRATOR_ZK_OWN_H

#include <stdbool.h>

#include "lib/strv.h"
#include "registrator/instance.h"
#include "registrator/zk_request.h"

struct zk_own {
    struct zk_session *session; /* borrowed */
    char *prefix;               /* of every path: without a slash at either end */
    struct instances known;     /* roster: what we have put, or tried to */
    struct strv strays;         /* paths of nodes that may be there, and must not be */
};

/* Frees what 'o' owns. */
void zk_own_done(struct zk_own *o);

/* Is the node at 'path' another instance's than that of 'id', too? */
bool zk_own_is_claimed(const struct zk_own *o, const char *path, const char *id);

/* Is what zk_get() answered a node of this session with that data? */
bool zk_own_is_good(const struct zk_own *o, const struct zk_answer *answer, const char *data);

#endif
