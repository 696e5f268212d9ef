/* Descriptors of which the service manager keeps copies, so that they stay open while this process
 * is restarted: the store of sd_notify(3), FDSTORE=1.
 *
 * The manager hears in the order of the calls, and never makes us wait: what it does not take at
 * once follows from the loop. Its copies come back by lib/passed.h. Without a manager nothing is
 * kept, and nothing fails. */
#ifndef LIB_FDSTORE_H
#define LIB_FDSTORE_H

#include <ev.h>
#include <stdbool.h>

struct fdstore;

/* 'on_settled' is called, from the loop, after the manager has let descriptors go and ours of them
 * are closed, too. */
struct fdstore *fdstore_new(struct ev_loop *loop, void (*on_settled)(void *arg), void *arg);

/* The manager keeps its copies. */
void fdstore_free(struct fdstore *s);

/* Is there a manager to keep anything? */
bool fdstore_is_there(const struct fdstore *s);

/* Has the manager keep a copy of 'fd' under 'name', which is copied, unless it does. 'fd' stays the
 * caller's, and open until fdstore_drop() or fdstore_free(). More than the names of which fit into
 * an environment are not kept; the log says so. */
void fdstore_put(struct fdstore *s, const char *name, int fd);

/* The manager has a copy of 'fd' under 'name' since an earlier run. */
void fdstore_adopt(struct fdstore *s, const char *name, int fd);

/* Has the manager let go what it keeps under 'name'. 'fd' is taken over: it is closed when the
 * manager has done so, at once where that has nothing. */
void fdstore_drop(struct fdstore *s, const char *name, int fd);

/* Takes back what was dropped under 'name' while it is still open; -1: it is not. The caller puts
 * it again, or drops it. */
int fdstore_reclaim(struct fdstore *s, const char *name);

/* Tries again what failed. */
void fdstore_retry(struct fdstore *s);

#endif
