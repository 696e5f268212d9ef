/* Runs in marathon-lb's place: Marathon -> renderer -> HAProxy, until it is told to stop, or once.
 *
 * SIGHUP reads the apps again, SIGUSR1 reloads HAProxy, SIGTERM and SIGINT end it; HAProxy stays.
 */
#ifndef AGENT_MLB_SERVE_H
#define AGENT_MLB_SERVE_H

#include "agent/config.h"
#include "agent/mlb_flags.h"

/* Returns the exit status: EXIT_FAILURE where something could not be opened, or where it was to run
 * once and that failed. 'flags' must have the templates. */
int mlb_serve(struct mlb_flags *flags, const struct config *config);

#endif
