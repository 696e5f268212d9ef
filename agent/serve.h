/* Runs an agent until it is told to stop: the same for `berth agent` and `berth registrator`.
 *
 * SIGTERM and SIGINT end it. What becomes of its services then is [agent] on_exit; a second signal
 * does not wait for that. */
#ifndef AGENT_SERVE_H
#define AGENT_SERVE_H

#include "agent/config_source.h"

/* The registry must answer before Docker is looked at, as registrator has it. */
struct serve_ping {
    long attempts;   /* after the first one; -1: for ever */
    double interval; /* seconds between them */
};

/* Serves 'config', which was read from 'source', on the default loop. SIGHUP has it read again.
 * 'ping' may be NULL: then what is away is waited for. Returns the exit status: EXIT_SUCCESS after
 * a signal, EXIT_FAILURE where the agent could not be opened, the registry did not answer the ping,
 * or did not take what on_exit asks for. */
int serve(const struct config *config, struct config_source *source, const struct serve_ping *ping);

#endif
