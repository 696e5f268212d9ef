/* Templates that are rendered once with Consul's data: executed, what is missing is fetched, and
 * executed again, until nothing is missing. */
#ifndef AGENT_RENDER_LIVE_H
#define AGENT_RENDER_LIVE_H

#include "agent/render_consul.h"
#include "agent/render_job.h"

/* Fetches from 'c', which is part of the source of 'run', all that the 'n' jobs ask for. A template
 * that fails for want of data fails for good only when it has them, so errors of templates are left
 * to the execution that follows. 'wait' is in seconds, 0: for ever; when it is over, the code of
 * the error is ETIMEDOUT, and what is there is there. A file that is missing is not waited for, nor
 * is anything else that its template misses. Returns 0, or -1. */
int render_live_fill(struct render_job *jobs, size_t n, const struct tmpl_run *run,
                     struct render_consul *c, double wait, struct err **err);

#endif
