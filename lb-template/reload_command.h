/* One reload of HAProxy by the operator's command, watched until new workers answer.
 *
 * For a HAProxy that somebody else runs, `systemctl reload haproxy`: what the command's exit status
 * says is not believed alone. Success is another Pid on every statistics socket that answered
 * before. The command is no shell's; it is killed when its time is over. */
#ifndef LB_TEMPLATE_RELOAD_COMMAND_H
#define LB_TEMPLATE_RELOAD_COMMAND_H

#include <ev.h>

#include "lb-template/reload.h"
#include "lib/err.h"
#include "lib/strv.h"

struct reload_command;

struct reload_command_call {
    const struct strv *argv; /* a path and its arguments */
    double timeout;          /* seconds for the command, and as many for the workers after it */
    const struct reload_worker *workers;
    size_t n_workers;

    /* Called once, from the loop. 'result' is NULL where it failed, and 'err' says why. */
    void (*on_done)(void *arg, const struct reload_result *result, const struct err *err);
    void *arg;
};

/* What 'call' points to stays valid until 'on_done' or reload_command_cancel(). */
struct reload_command *reload_command_start(struct ev_loop *loop,
                                            const struct reload_command_call *call);

/* Forgets it without calling back; the command is killed. 'r' may be NULL. */
void reload_command_cancel(struct reload_command *r);

#endif
