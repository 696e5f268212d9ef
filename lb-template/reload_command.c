#include "lb-template/reload_command.h"

#include <string.h>

#include "lb-template/alert.h"
#include "lb-template/rtconn.h"
#include "lb-template/runtime.h"
#include "lib/clean.h"
#include "lib/proc.h"
#include "lib/xmalloc.h"

#define LOOK_AGAIN 0.03    /* seconds between looks at a worker that is not there yet */
#define SOCKET_TIMEOUT 5.0 /* seconds without a byte from HAProxy */

struct reload_command {
    struct ev_loop *loop;
    struct reload_command_call call;
    double started, ended; /* the command */
    size_t next;           /* the worker that is looked for; those before it have been found */
    struct err *err;       /* it could not be started */
    struct proc *proc;
    struct rtconn *conn;
    ev_timer timer;
};

static void on_exit_command(void *arg, const struct proc_result *result);
static void look(struct reload_command *r);
static void on_info(void *arg, const struct strv *answers, const struct err *err);
static void on_timer(struct ev_loop *loop, ev_timer *w, int events);
static void fail(struct reload_command *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void finish(struct reload_command *r, const struct reload_result *result,
                   const struct err *err);

struct reload_command *reload_command_start(struct ev_loop *loop,
                                            const struct reload_command_call *call)
{
    const char **argv = xcalloc(call->argv->n + 1, sizeof *argv);
    struct reload_command *r = xcalloc(1, sizeof *r);

    for (size_t i = 0; i < call->argv->n; i++)
        argv[i] = call->argv->v[i];
    r->loop = loop;
    r->call = *call;
    r->started = ev_now(loop);
    ev_timer_init(&r->timer, on_timer, 0., 0.);
    r->timer.data = r;
    r->proc = proc_run(loop, argv, call->timeout, on_exit_command, r, &r->err);
    free(argv);
    if (!r->proc)
        ev_timer_start(loop, &r->timer); /* fires at once: never call back inline */
    return r;
}

void reload_command_cancel(struct reload_command *r)
{
    if (!r)
        return;
    proc_cancel(r->proc);
    rtconn_cancel(r->conn);
    ev_timer_stop(r->loop, &r->timer);
    err_free(r->err);
    free(r);
}

static void on_exit_command(void *arg, const struct proc_result *result)
{
    struct reload_command *r = arg;

    r->proc = NULL;
    r->ended = ev_now(r->loop);
    if (result->timed_out) {
        fail(r, "%s did not end within %.0f seconds and was killed", r->call.argv->v[0],
             r->call.timeout);
        return;
    }
    if (!result->status) {
        look(r);
        return;
    }
    CLEAN(free_str) char *alert = alert_of(result->output, result->len, result->timed_out);
    fail(r, "%s failed with status %d: %s", r->call.argv->v[0], result->status, alert);
}

/* One that did not answer before is not waited for. */
static void look(struct reload_command *r)
{
    struct strv commands = {0};

    while (r->next < r->call.n_workers && !r->call.workers[r->next].pid)
        r->next++;
    if (r->next == r->call.n_workers) {
        finish(r, &(struct reload_result){.seconds = ev_now(r->loop) - r->started}, NULL);
        return;
    }
    strv_add(&commands, "show info");
    r->conn = rtconn_start(r->loop, &(struct rtconn_call){
                                        .path = r->call.workers[r->next].path,
                                        .commands = &commands,
                                        .timeout = SOCKET_TIMEOUT,
                                        .on_done = on_info,
                                        .arg = r,
                                    });
    strv_done(&commands);
}

static void on_info(void *arg, const struct strv *answers, const struct err *err)
{
    struct reload_command *r = arg;
    const struct reload_worker *w = &r->call.workers[r->next];
    struct runtime_info info;

    r->conn = NULL;
    if (!err && !runtime_parse_info(answers->v[0], &info, NULL) && !info.stopping &&
        info.pid != w->pid) {
        r->next++;
        look(r);
    } else if (ev_now(r->loop) - r->ended > r->call.timeout) {
        fail(r, "%s ended well, but no new worker answers at %s within %.0f seconds",
             r->call.argv->v[0], w->path, r->call.timeout);
    } else {
        ev_timer_set(&r->timer, LOOK_AGAIN, 0.);
        ev_timer_start(r->loop, &r->timer);
    }
}

static void on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
    struct reload_command *r = w->data;

    (void)loop;
    (void)events;
    if (r->err)
        fail(r, "%s", err_msg(r->err));
    else
        look(r);
}

static void fail(struct reload_command *r, const char *format, ...)
{
    CLEAN(err) struct err *err = NULL;
    va_list args;

    va_start(args, format);
    err_vset(&err, format, args);
    va_end(args);
    err_wrap(&err, "[lb] reload");
    finish(r, NULL, err);
}

static void finish(struct reload_command *r, const struct reload_result *result,
                   const struct err *err)
{
    r->call.on_done(r->call.arg, result, err);
    reload_command_cancel(r);
}
