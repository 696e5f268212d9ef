#include "lb-template/reload.h"

#include <errno.h>
#include <string.h>

#include "lb-template/alert.h"
#include "lb-template/rtconn.h"
#include "lb-template/runtime.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"

#define WAIT_MAX 30.0       /* seconds until a reload counts as failed */
#define LOOK_AGAIN 0.03     /* seconds between looks while it is under way */
#define SOCKET_TIMEOUT 30.0 /* later versions answer `reload` when it is over */

struct reload {
    struct ev_loop *loop;
    struct reload_call call;
    double started;
    bool sent;
    bool loaded; /* a new worker answers */
    unsigned failed_before;
    struct rtconn *conn;
    ev_timer timer;
};

static void ask_master(struct reload *r, const char *command,
                       void (*on_done)(void *arg, const struct strv *answers,
                                       const struct err *err));
static void ask_worker(struct reload *r);
static void on_processes(void *arg, const struct strv *answers, const struct err *err);
static void on_reload(void *arg, const struct strv *answers, const struct err *err);
static void on_info(void *arg, const struct strv *answers, const struct err *err);
static void judge(struct reload *r, const struct runtime_processes *p);
static void look_again(struct reload *r, const char *why);
static void on_timer(struct ev_loop *loop, ev_timer *w, int events);
static void finish(struct reload *r, const struct reload_result *result, const struct err *err);
static void fail(struct reload *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct reload *reload_start(struct ev_loop *loop, const struct reload_call *call)
{
    struct reload *r = xcalloc(1, sizeof *r);

    r->loop = loop;
    r->call = *call;
    r->started = ev_now(loop);
    ev_timer_init(&r->timer, on_timer, LOOK_AGAIN, 0.);
    r->timer.data = r;
    ask_master(r, "show proc", on_processes);
    return r;
}

void reload_cancel(struct reload *r)
{
    if (!r)
        return;
    rtconn_cancel(r->conn);
    ev_timer_stop(r->loop, &r->timer);
    free(r);
}

static void ask_master(struct reload *r, const char *command,
                       void (*on_done)(void *arg, const struct strv *answers,
                                       const struct err *err))
{
    struct strv commands = {0};

    strv_add(&commands, command);
    r->conn = rtconn_start(r->loop, &(struct rtconn_call){
                                        .path = r->call.master_path,
                                        .commands = &commands,
                                        .master = true,
                                        .timeout = SOCKET_TIMEOUT,
                                        .on_done = on_done,
                                        .arg = r,
                                    });
    strv_done(&commands);
}

static void ask_worker(struct reload *r)
{
    struct strv commands = {0};

    strv_add(&commands, "show info");
    r->conn = rtconn_start(r->loop, &(struct rtconn_call){
                                        .path = r->call.stats_path,
                                        .commands = &commands,
                                        .timeout = SOCKET_TIMEOUT,
                                        .on_done = on_info,
                                        .arg = r,
                                    });
    strv_done(&commands);
}

/* The master refuses connections while it executes itself anew. */
static void on_processes(void *arg, const struct strv *answers, const struct err *err)
{
    struct reload *r = arg;
    struct runtime_processes p;

    r->conn = NULL;
    if (err || runtime_parse_processes(answers->v[0], &p, NULL)) {
        look_again(r, err ? err_msg(err) : "the master answers nothing of use");
    } else if (r->sent) {
        judge(r, &p);
    } else {
        r->failed_before = p.failed;
        r->sent = true;
        ask_master(r, "reload", on_reload);
    }
}

static void on_reload(void *arg, const struct strv *answers, const struct err *err)
{
    struct reload *r = arg;
    const char *text = err ? "" : answers->v[0];

    r->conn = NULL;
    if (!strstr(text, "Success=0")) {
        ask_worker(r);
        return;
    }
    CLEAN(free_str) char *alert = alert_first(text, strlen(text));
    fail(r, "HAProxy refused to reload: %s", alert);
}

static void on_info(void *arg, const struct strv *answers, const struct err *err)
{
    struct reload *r = arg;
    struct runtime_info info;

    r->conn = NULL;
    if (!err && !runtime_parse_info(answers->v[0], &info, NULL))
        r->loaded = info.pid != r->call.worker && !info.stopping;
    ask_master(r, "show proc", on_processes);
}

static void judge(struct reload *r, const struct runtime_processes *p)
{
    if (r->loaded)
        finish(r,
               &(struct reload_result){
                   .seconds = ev_now(r->loop) - r->started,
                   .old_workers = p->old_workers,
               },
               NULL);
    else if (p->failed > r->failed_before)
        fail(r, "HAProxy failed to reload, and the old worker goes on: is a port taken? Its own "
                "log says more");
    else
        look_again(r, "no new worker answers");
}

static void look_again(struct reload *r, const char *why)
{
    if (ev_now(r->loop) - r->started > WAIT_MAX) {
        fail(r, "HAProxy did not reload within %.0f seconds: %s", WAIT_MAX, why);
        return;
    }
    ev_timer_set(&r->timer, LOOK_AGAIN, 0.);
    ev_timer_start(r->loop, &r->timer);
}

static void on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
    struct reload *r = w->data;

    (void)loop;
    (void)events;
    if (r->sent && !r->loaded)
        ask_worker(r);
    else
        ask_master(r, "show proc", on_processes);
}

static void finish(struct reload *r, const struct reload_result *result, const struct err *err)
{
    r->call.on_done(r->call.arg, result, err);
    reload_cancel(r);
}

static void fail(struct reload *r, const char *format, ...)
{
    CLEAN(err) struct err *err = NULL;
    va_list args;

    va_start(args, format);
    err_vset(&err, format, args);
    va_end(args);
    finish(r, NULL, err);
}
