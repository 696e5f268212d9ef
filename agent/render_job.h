/* One template of `berth render`: a file in, a file out, and a command for when that has changed.
 */
#ifndef AGENT_RENDER_JOB_H
#define AGENT_RENDER_JOB_H

#include <stdbool.h>

#include "lb-template/tmpl/tmpl.h"

struct render_job {
    char *in, *out, *command; /* owned; 'out' and 'command' may be NULL */
    struct tmpl *tmpl;        /* parsed 'in' */
    struct tmpl_result result;
    bool complete; /* nothing is missing */
    bool changed;  /* the file was written */
};

/* Reads "in[:out[:command]]" and parses the file 'in'. Returns 0, or -1. */
int render_job_init(struct render_job *j, const char *spec, struct err **err);
void render_job_done(struct render_job *j);

/* Executes the template. Returns 0, also where something is missing, or -1. */
int render_job_run(struct render_job *j, const struct tmpl_run *run, struct err **err);

/* Writes the text to 'out', or to stdout where there is none, and what writeToFile asked for. The
 * same bytes are not written again; a file keeps its mode, a new one has 0644, its folders are
 * made. */
int render_job_write(struct render_job *j, struct err **err);

/* Appends the difference between the file 'out' and the text. */
int render_job_diff(const struct render_job *j, struct sbuf *out, struct err **err);

#endif
