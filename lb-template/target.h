/* One running HAProxy, spoken to at its statistics socket: what it has, and bringing it in step.
 *
 * It remembers what it has been brought in step with, worker by worker; so a look asks only for the
 * backends and maps that have changed since, and for all of them where another worker answers or
 * an answer was odd. It loads nothing: where the structure differs, it changes what both have. */
#ifndef LB_TEMPLATE_TARGET_H
#define LB_TEMPLATE_TARGET_H

#include <ev.h>
#include <stdbool.h>

#include "lb-template/lb.h"
#include "lb-template/model.h"
#include "lb-template/runs.h"
#include "lb-template/runtime.h"

struct target;

/* 'path' is copied; 'counters' is borrowed. */
struct target *target_new(struct ev_loop *loop, const char *path, struct lb_counters *counters);

/* What is under way is forgotten. */
void target_free(struct target *t);

/* The path of its statistics socket. */
const char *target_path(const struct target *t);

enum target_depth {
    TARGET_WHO,     /* which worker answers */
    TARGET_CHANGED, /* and its servers and maps where they should change; all where it is new */
    TARGET_ALL,     /* and all of its servers and maps */
};

/* What it should be. Borrowed until the next look. */
struct target_wish {
    const struct model *model;
    const struct rendering *rendering; /* for its maps, and which run is behind a server */
    const struct runs *runs;           /* the same of servers that are not in it any more */
};

/* Asks HAProxy. 'wish' may be NULL for TARGET_WHO. Calls 'on_done' once, from the loop. */
void target_look(struct target *t, enum target_depth depth, const struct target_wish *wish,
                 void (*on_done)(void *arg), void *arg);

/* Of the last look: the worker that answered; NULL: nobody listens, or target_err() says why it is
 * not known. */
const struct runtime_info *target_info(const struct target *t);
const struct err *target_err(const struct target *t);

/* Is all of it known, so that a look at what has changed is enough? */
bool target_is_known(const struct target *t);

/* Forgets what it was brought in step with: the next look asks for everything. */
void target_forget(struct target *t);

/* Sends the commands for the difference to the wish of the last look. 'loaded' is the configuration
 * that HAProxy runs, as far as it is known. Servers that are not wanted any more are drained, and
 * deleted when they have finished. 'on_done' is called once, before it returns or later; what
 * failed is in target_err(). */
void target_apply(struct target *t, const struct model *loaded, void (*on_done)(void *arg),
                  void *arg);

/* Have commands been refused in so many passes that only a reload can help? */
bool target_is_odd(const struct target *t);

/* When a server that leaves is to be looked at again; 0: none is. */
double target_next(const struct target *t);

/* What HAProxy had when it was last asked. */
const struct runtime_servers *target_servers(const struct target *t);

/* Takes an answer to `show servers state` that somebody else has got; not within a look. */
void target_read_servers(struct target *t, const char *answer);

#endif
