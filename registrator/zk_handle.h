/* What zk_request.c needs of a session: the library's handle. Nobody else includes this. */
#ifndef REGISTRATOR_ZK_HANDLE_H
#define REGISTRATOR_ZK_HANDLE_H

#include <stdbool.h>
#include <zookeeper/zookeeper.h>

#include "registrator/zk_session.h"

/* The handle, which is about to be used, so that the loop asks what it waits for; NULL: none could
 * be made yet. */
zhandle_t *zk_handle_use(struct zk_session *s);

/* Is anybody told of answers? Not while the session is freed. */
bool zk_handle_answers(const struct zk_session *s);

/* Whose the nodes are that the session makes. */
const struct ACL_vector *zk_handle_acl(const struct zk_session *s);

/* The watcher of nodes; its context is the session. */
void zk_handle_on_node(zhandle_t *handle, int type, int state, const char *path, void *context);

#endif
