/* One agent on a host, and nobody who takes its kernel state away beneath it. */
#ifndef AGENT_AGENT_LOCK_H
#define AGENT_AGENT_LOCK_H

#include "lib/err.h"

/* Takes the lock in 'run_dir', which is made where it is missing, for as long as the descriptor
 * that it returns is open. Returns -1 where an agent has it already; the error names its process,
 * and how to stop it. */
int agent_lock(const char *run_dir, struct err **err);

#endif
