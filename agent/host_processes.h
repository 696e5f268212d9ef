/* Finds the processes that matter to berth: Docker's, Mesos', firewalld, berth itself. */
#ifndef AGENT_HOST_PROCESSES_H
#define AGENT_HOST_PROCESSES_H

#include "agent/host.h"

#define HOST_PROCESSES_MAX 131072 /* folders of /proc that are looked at */
#define HOST_ROLES_MAX 16384      /* processes that are kept */

/* Fills the processes of 'h'. Those of another network namespace do not count. */
void host_read_processes(struct host *h, const char *root);

#endif
