/* One template of a runner: its job, what it used, and what is to be done with it. No clock and no
 * loop; the runner keeps them in an array and decides when. */
#ifndef AGENT_RENDER_WORK_H
#define AGENT_RENDER_WORK_H

#include "agent/render_job.h"

struct render_work {
    struct render_job job;
    struct tmpl_deps deps; /* used; of all executions since the last complete one */
    bool dirty;            /* to be executed */
    bool fresh;            /* its text is to be written */
    bool rendered;         /* it was complete at least once */
    bool given_up;
    double due;      /* ev time before which a change is not acted on; 0: none is waiting */
    unsigned rounds; /* executions in a row that asked for something new */
    char *failure;   /* the last one; NULL: none */
};

void render_work_done(struct render_work *w);

/* Executes it, and keeps what was used. Returns 0, or -1 with 'err' set; '*ret_wants_data' is then
 * whether something is missing, which may be why. A template that asks for something new each time
 * is a failure that data do not cure. */
int render_work_run(struct render_work *w, const struct tmpl_run *run, bool *ret_wants_data,
                    struct err **err);

/* Is 'text' of 'kind' among what it used? */
bool render_work_uses(const struct render_work *w, enum tmpl_dep_kind kind, const char *text);

/* Is something missing that only Consul knows ('consuls'), or that it does not? */
bool render_work_lacks(const struct render_work *w, bool consuls);

/* Does Consul know 'kind', and not the host? */
bool render_work_is_consuls(enum tmpl_dep_kind kind);

#endif
