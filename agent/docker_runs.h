/* What a new inspect document means for the runs of its container: said to the log, and to whoever
 * measures (lib/trace.h). Called by docker.c; a run is what lies between a start and an end. */
#ifndef AGENT_DOCKER_RUNS_H
#define AGENT_DOCKER_RUNS_H

#include "agent/inventory.h"

/* What is to be remembered of a container's run while its entry is brought up to date. */
struct docker_run {
    uint32_t trace; /* 0: it does not run, or its start is not known */
    double stop;    /* Docker's time of the event that began its end; 0: there was none */
};

/* The run of 'e', which may be NULL. */
struct docker_run docker_run_of(const struct inventory_entry *e);

/* The container 'id' had the run 'before', and is 'now' as its entry says; NULL: it is gone. */
void docker_runs_report(const struct inventory_entry *now, const char *id,
                        const struct docker_run *before);

/* Docker has been asked to end the container of 'e', with 'signal'. */
void docker_runs_stopping(const struct inventory_entry *e, int signal);

/* The container 'id' and its run are gone. */
void docker_runs_ended(const char *id, const struct docker_run *run);

#endif
