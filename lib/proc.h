/* Helper programs, run beside the loop: `haproxy -c`, `haproxy -D`. No shell is involved. */
#ifndef LIB_PROC_H
#define LIB_PROC_H

#include <ev.h>
#include <stddef.h>

#include "lib/err.h"

struct proc;

struct proc_result {
    int status;         /* exit status; 128 + signal where one killed it */
    int timed_out;      /* it was killed because the time was over */
    const char *output; /* stdout and stderr together, cut at PROC_OUTPUT_MAX; valid in the call */
    size_t len;
};

#define PROC_OUTPUT_MAX (64 * 1024)

/* Starts 'argv' (argv[0] is a path; ended by NULL) with stdin from /dev/null, and calls 'on_done'
 * once, after it has exited or after 'timeout' seconds, when it is killed. A daemon that it leaves
 * behind does not delay 'on_done'. 'loop' must be the default loop. Returns NULL where it cannot
 * be started. */
struct proc *proc_run(struct ev_loop *loop, const char *const argv[], double timeout,
                      void (*on_done)(void *arg, const struct proc_result *result), void *arg,
                      struct err **err);

/* The same with the environment 'env', "NAME=value" ended by NULL, instead of ours. A program
 * without a slash in its name is looked for in our PATH. */
struct proc *proc_run_env(struct ev_loop *loop, const char *const argv[], const char *const env[],
                          double timeout,
                          void (*on_done)(void *arg, const struct proc_result *result), void *arg,
                          struct err **err);

/* Forgets 'p' without calling back; the program itself is killed. */
void proc_cancel(struct proc *p);

#endif
