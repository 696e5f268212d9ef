/* What there is at the agent's admin address: one row for each path. */
#ifndef AGENT_AGENT_PATHS_H
#define AGENT_AGENT_PATHS_H

#include "agent/admin.h"

/* The handlers' 'arg' is the struct agent. */
extern const struct admin_path agent_paths[];
extern const size_t agent_n_paths;

#endif
