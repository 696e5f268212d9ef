/* One reload of HAProxy through its master socket, watched until a new worker answers.
 *
 * HAProxy 2.6 says nothing and works on: success shows as another Pid on the statistics socket,
 * failure in the master's count of failed reloads. Later versions answer when it is over. */
#ifndef LB_TEMPLATE_RELOAD_H
#define LB_TEMPLATE_RELOAD_H

#include <ev.h>
#include <sys/types.h>

#include "lib/err.h"

struct reload;

struct reload_result {
    double seconds;       /* that it took */
    unsigned old_workers; /* that still finish connections */
};

/* Who answered at a statistics socket before. */
struct reload_worker {
    const char *path;
    pid_t pid; /* 0: nobody */
};

struct reload_call {
    const char *master_path;
    const char *stats_path;
    pid_t worker; /* that answers now; 0: none does */

    /* Called once, from the loop. 'result' is NULL where it failed, and 'err' says why. */
    void (*on_done)(void *arg, const struct reload_result *result, const struct err *err);
    void *arg;
};

/* The strings of 'call' stay valid until 'on_done' or reload_cancel(). */
struct reload *reload_start(struct ev_loop *loop, const struct reload_call *call);

/* Forgets it without calling back; HAProxy may still reload. 'r' may be NULL. */
void reload_cancel(struct reload *r);

#endif
