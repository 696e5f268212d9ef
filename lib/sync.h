/* The heart: level-triggered reconciliation.
 *
 * A sync brings something actual in step with something wanted. sync_kick() says that either may
 * have changed: it is cheap, coalesced, never runs the pass inline. The pass lists what is there,
 * diffs it against what is wanted, applies the difference and ends, at once or later, in
 * sync_finish(). The same path serves the start, an event, the resync timer and a retry.
 *
 *     idle --kick or timer--> pass --finish(ok)--> idle          (kicked meanwhile: pass again)
 *                                  --finish(err)--> back off 0.25 s .. 30 s --> pass
 *
 * A kick while backing off runs the pass at most once a second: one thing that keeps failing does
 * not make the others wait. */
#ifndef LIB_SYNC_H
#define LIB_SYNC_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

struct sync {
    const char *name; /* the area in the log */
    uint64_t passes;  /* finished passes */
    uint64_t errors;  /* of them, failed */
    double last_ok;   /* ev time of the last good finish, 0: none yet */
    char *last_error; /* message of the running streak of failures, or NULL */
    double resync;    /* seconds from a good pass to one that nobody asked for; 0: none */

    /* private */
    struct ev_loop *loop;
    void (*pass)(void *owner);
    void *owner;
    double started;
    double delay;
    bool running;
    bool dirty;
    ev_timer timer;
};

/* Prepares 's'. 'pass' is called with 'owner' from the loop, never while an earlier pass is still
 * running. 'resync' is the time in seconds from a good pass to the next one that nobody asked for;
 * 0: none. Nothing runs before the first sync_kick(). */
void sync_init(struct sync *s, struct ev_loop *loop, const char *name, void (*pass)(void *owner),
               void *owner, double resync);

/* Stops the timer and frees what 's' holds. A pass that is still running must not finish. */
void sync_done(struct sync *s);

void sync_kick(struct sync *s);

/* Another 'resync' than sync_init() was told, from now on. */
void sync_set_resync(struct sync *s, double resync);

/* Ends the running pass. 'err' is NULL for success; it is freed. A failure is logged once per
 * message, and its end too. */
void sync_finish(struct sync *s, struct err *err);

#endif
