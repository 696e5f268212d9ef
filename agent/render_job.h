/* One template that is rendered: executed with the data of a source, and its text written to a
 * file.
 */
#ifndef AGENT_RENDER_JOB_H
#define AGENT_RENDER_JOB_H

#include <stdbool.h>

#include "agent/render_target.h"
#include "lb-template/tmpl/tmpl.h"

struct render_job {
    struct render_target target; /* owned */
    struct tmpl *tmpl;           /* what it says */
    struct tmpl_result result;   /* of the last execution; the text goes when it is written */
    bool complete;               /* nothing was missing */
    bool changed;                /* the file was written */
};

/* Takes over '*target', which is empty afterwards, and parses its template. Returns 0, or -1; 'j'
 * is to be freed in either case. */
int render_job_init(struct render_job *j, struct render_target *target, struct err **err);
void render_job_done(struct render_job *j);

/* What messages call the template. */
const char *render_job_name(const struct render_job *j);

/* Executes the template. What 'run' has no say in comes from the target. Returns 0, also where
 * something is missing, or -1: then nothing is complete. */
int render_job_run(struct render_job *j, const struct tmpl_run *run, struct err **err);

/* Writes the text to the destination, or to stdout where there is none, and what writeToFile asked
 * for. The same bytes are not written again. The file is replaced at once. */
int render_job_write(struct render_job *j, struct err **err);

/* Appends the difference between the destination and the text. */
int render_job_diff(const struct render_job *j, struct sbuf *out, struct err **err);

#endif
