/* lib/proc.h with programs that every system has. */
#include "lib/proc.h"

#include <stdio.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "tests/tap.h"

struct seen {
    int calls, status, timed_out;
    size_t len;
    char output[64];
};

static void on_done(void *arg, const struct proc_result *result)
{
    struct seen *s = arg;

    s->calls++;
    s->status = result->status;
    s->timed_out = result->timed_out;
    s->len = result->len;
    snprintf(s->output, sizeof s->output, "%s", result->output);
}

static struct seen run(const char *script, double timeout)
{
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    struct seen s = {0};

    proc_run(EV_DEFAULT, argv, timeout, on_done, &s, NULL);
    ev_run(EV_DEFAULT, 0);
    return s;
}

int main(void)
{
    const char *const missing[] = {"/nonexistent/program", NULL};
    const char *const endless[] = {"/bin/sh", "-c", "while :; do :; done", NULL};
    CLEAN(err) struct err *err = NULL;
    struct seen s;

    ev_default_loop(0);
    s = run("echo out; echo err >&2; exit 3", 10.);
    is_int(s.calls, 1, "it calls back once");
    is_int(s.status, 3, "the exit status");
    is_str(s.output, "out\nerr\n", "what it wrote to stdout and stderr");
    s = run("kill -9 $$", 10.);
    is_int(s.status, 128 + 9, "a signal");
    s = run("cat", 10.);
    is_int(s.status, 0, "stdin is empty");
    s = run("head -c 200000 /dev/zero", 10.);
    is_int((long long)s.len, PROC_OUTPUT_MAX, "long output is cut");
    s = run("(sleep 3; echo late) & echo early", 10.);
    is_str(s.output, "early\n", "what it leaves behind is not waited for");
    s = run("while :; do :; done", 0.05);
    is_int(s.timed_out, 1, "it is killed when its time is over");
    is_int(s.status, 128 + 9, "... and that is its status");

    ok(!proc_run(EV_DEFAULT, missing, 1., on_done, &s, &err), "a program that is not there");
    ok(strstr(err_msg(err), missing[0]) != NULL, "is named");
    s.calls = 0;
    proc_cancel(proc_run(EV_DEFAULT, endless, 10., on_done, &s, NULL));
    ev_run(EV_DEFAULT, EVRUN_NOWAIT);
    is_int(s.calls, 0, "what is cancelled does not call back");
    ev_loop_destroy(EV_DEFAULT);
    return tap_done();
}
