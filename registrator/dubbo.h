/* Dubbo's directory in ZooKeeper: the providers of this host's containers, and of machines that
 * services.d/ declares, as ephemeral nodes with Dubbo's URLs.
 *
 * A registry beside the registrator's own, with a sync and a back-off of its own: ZooKeeper that is
 * away holds nobody up. The session is kept over a restart of berth, so providers do not blink.
 * Only nodes with our mark are changed (dubbo_node.h); with 'repair', also those of local
 * containers that registered an address nobody can dial (dubbo_plan.h). */
#ifndef REGISTRATOR_DUBBO_H
#define REGISTRATOR_DUBBO_H

#include <ev.h>
#include <stdbool.h>

#include "lib/problem.h"
#include "lib/sync.h"
#include "registrator/dubbo_local.h"
#include "registrator/dubbo_node.h"
#include "registrator/dubbo_table.h"

struct dubbo;

struct dubbo_config {
    const char *hosts;   /* "host:port,host:port" */
    const char *root;    /* "chroot/dubbo", without a slash at either end */
    const char *node;    /* our name */
    const char *id_file; /* where the session's id is kept */
    const char *digest;  /* "user:password"; NULL: none */
    double session;      /* seconds that it lasts without us */
    double resync;       /* seconds between passes that nobody asked for */
    bool repair;         /* mirror providers with unreachable addresses */
};

/* 'on_change' is called, from the loop or from inside the library, when what dubbo_holds() answers
 * or the problems may have changed: it must not free the room. Strings are copied. */
struct dubbo *dubbo_new(struct ev_loop *loop, const struct dubbo_config *config,
                        void (*on_change)(void *arg), void *arg);

/* Another resync and another 'repair' from now on; the rest of 'config' is not looked at. */
void dubbo_set_config(struct dubbo *d, const struct dubbo_config *config);

/* Leaves what is registered as it is, for a berth that starts within the session. */
void dubbo_free(struct dubbo *d);

/* What is wanted for containers from now on, complete; and what their addresses are. All three are
 * taken over and empty afterwards; 'said' is what labels are wrong about. */
void dubbo_want(struct dubbo *d, struct dubbo_nodes *nodes, struct dubbo_locals *locals,
                struct problems *said);

/* The same for machines: before the first call none of their nodes is removed. */
void dubbo_want_shared(struct dubbo *d, struct dubbo_nodes *nodes);

/* Removes all that is ours. 'on_done' is called once, from the loop. */
void dubbo_leave(struct dubbo *d, void (*on_done)(void *arg), void *arg);

/* Does a consumer perhaps still find the host port 'port' there? True for all before the first
 * listing. False where ZooKeeper has been away for so long that nobody should believe it. */
bool dubbo_holds(const struct dubbo *d, uint16_t port);

/* What is known of each node; valid until the loop runs again. */
const struct dubbo_table *dubbo_providers(const struct dubbo *d);

/* How many providers have registered a local container's own address. */
size_t dubbo_unreachable(const struct dubbo *d);

/* Makes a pass now, as every 'resync' seconds. */
void dubbo_resync(struct dubbo *d);

bool dubbo_is_connected(const struct dubbo *d);
const struct problems *dubbo_problems(const struct dubbo *d);
const struct sync *dubbo_sync(const struct dubbo *d);

#endif
