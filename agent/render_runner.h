/* Templates that are kept in step with their data: executed, what they ask for is fetched and
 * watched, and what is complete is written, with its command run.
 *
 * A pass executes the templates whose data have changed, tells the watches what is used now, writes
 * what is complete and new, and then runs the commands, in the order of the templates, each one
 * once. The start, a change, a new configuration and the end of a wait all take this path. */
#ifndef AGENT_RENDER_RUNNER_H
#define AGENT_RENDER_RUNNER_H

#include <ev.h>

#include "agent/render_job.h"
#include "agent/render_source.h"
#include "agent/render_watch.h"

struct render_runner;

struct render_runner_options {
    bool once;          /* ends when every template was rendered; waits are not observed */
    bool together;      /* nothing is written before all are complete */
    bool no_file_waits; /* once: a template that lacks a file is given up */
    bool no_waits;      /* a template that lacks what Consul does not have is given up */
    double wait;        /* once: seconds until what is incomplete is given up; 0: for ever */
};

struct render_runner_user {
    /* 'j' is complete and new. Writes it and sets 'j->changed', as render_job_write() does. */
    int (*write)(void *arg, struct render_job *j, struct err **err);
    /* A pass has ended with every template rendered or given up, and with no command running. Once
     * that is the end. 'changed': a file was written since the last call. */
    void (*on_rendered)(void *arg, bool changed);
    /* Template 'j' (NULL: a command, or Consul for good) failed. The same failure is told once in a
     * row. */
    void (*on_failure)(void *arg, const struct render_job *j, const struct err *err);
    /* 'j', incomplete, is given up: so is what asks for Consul, where there is none. */
    void (*on_given_up)(void *arg, const struct render_job *j);
    /* "waiting for key "a"", "Consul does not answer": once for each. */
    void (*say)(void *arg, const char *text);
    void *arg;
};

/* 'source' is borrowed; where its 'consul' is asked for, the runner's own watch is set there. */
struct render_runner *render_runner_new(struct ev_loop *loop, struct render_source *source,
                                        const struct render_runner_options *options,
                                        const struct render_runner_user *user);
void render_runner_free(struct render_runner *r);

/* Asks Consul at 'address' from now on, as render_watch_new() has it. Returns 0, or -1 and nothing
 * has changed. */
int render_runner_set_consul(struct render_runner *r, const char *address,
                             const struct render_watch_options *options, struct err **err);

/* Renders 'n' templates at 'jobs', which it takes over, instead of those it has. What both use is
 * not asked for again. */
void render_runner_set_jobs(struct render_runner *r, struct render_job *jobs, size_t n);

#endif
