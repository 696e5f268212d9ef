/* berth as a service of a service manager: ready, alive, stopping.
 *
 * Without a manager that wants to know, it does nothing. */
#ifndef AGENT_SUPERVISED_H
#define AGENT_SUPERVISED_H

#include <ev.h>
#include <stdbool.h>

struct supervised {
    ev_timer alive; /* to the next message */
    bool ready;     /* the manager has been told so */
};

/* Everything is open and the loop is about to run: says READY=1, again where the
 * manager could not be reached, and WATCHDOG=1 from now on in half
 * of the time that the manager grants, as long as the loop turns. */
void supervised_start(struct supervised *s, struct ev_loop *loop);

/* Says STOPPING=1. */
void supervised_stop(struct supervised *s, struct ev_loop *loop);

#endif
