/* `berth status --watch`: shows the state again whenever it has changed, until a signal ends it.
 *
 * On a terminal the screen is drawn anew, and the last one stays when it ends; in a pipe each state
 * is a block of its own under a line with the time, or a line of JSON. */
#ifndef AGENT_STATUS_WATCH_H
#define AGENT_STATUS_WATCH_H

#include <stdbool.h>

struct filter;

struct status_watching {
    const char *admin; /* where the agent listens */
    const struct filter *filter;
    bool colour;
    bool json;
};

/* Returns the command's exit status: 0 after SIGINT or SIGTERM, and where nobody reads any more. */
int status_watch(const struct status_watching *what);

#endif
