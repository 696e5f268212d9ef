#include "lb-template/target_state.h"

#include "lib/clean.h"
#include "lib/log.h"
#include "lib/xmalloc.h"

#define AREA "lb"
#define COMMAND_SHOWN 160 /* bytes of a command in the log: without a server's options */

static bool make_plan(struct target *t, const struct model *loaded);
static void on_applied(void *arg, const struct strv *answers, const struct err *err);
static void check_answers(struct target *t, const struct strv *answers);
static void log_command(const struct target *t, const struct plan_op *op);
static uint32_t find_trace(const struct target *t, const char *backend, const char *server,
                           const char **ret_instance);
static void log_gone(const struct leaver *v);
static void settle(struct target *t);
static void leave(struct target *t);
static void on_used(void *arg, const struct strv *answers, const struct err *err);
static void on_removed(void *arg, const struct strv *answers, const struct err *err);

void target_apply(struct target *t, const struct model *loaded, void (*on_done)(void *arg),
                  void *arg)
{
    struct strv commands = {0};

    t->on_done = on_done;
    t->arg = arg;
    if (!t->running || t->err || !make_plan(t, loaded)) {
        on_done(arg);
        return;
    }
    for (size_t i = 0; i < t->plan.n; i++)
        strv_add(&commands, t->plan.v[i].text);
    if (commands.n) {
        strv_done(&t->question.backends);
        t->question = (struct target_question){0};
        plan_backends(&t->plan, &t->question.backends);
        target_add_question(&t->question, &commands);
        target_talk(t, &commands, on_applied);
    } else {
        t->odd_passes = 0;
        settle(t);
        leave(t);
    }
    strv_done(&commands);
}

/* Without knowing what the worker runs, nothing is changed: a reload is due. */
static bool make_plan(struct target *t, const struct model *loaded)
{
    bool same = t->info.has_mark && t->info.structure == t->wish.model->structure;

    if (t->depth == TARGET_WHO || !t->info.has_mark ||
        (!same && t->info.structure != loaded->structure))
        return false;
    if (t->depth == TARGET_ALL) {
        model_backends(t->wish.model, &t->wanted);
        model_backends(same ? t->wish.model : loaded, &t->loaded);
    }
    plan_servers(&t->plan, &t->wanted, &t->loaded, &t->servers);
    for (size_t i = 0; i < t->plan.n_leavers; i++) {
        struct plan_leaver *l = &t->plan.leavers[i];
        l->trace = runs_trace(t->wish.runs, l->backend, l->server);
    }
    mapviews_plan(&t->maps, t->wish.rendering, same ? NULL : &t->loaded, &t->plan);
    plan_sort(&t->plan);
    return true;
}

static void on_applied(void *arg, const struct strv *answers, const struct err *err)
{
    struct target *t = arg;

    t->conn = NULL;
    if (err) {
        target_fail(t, err);
        t->on_done(t->arg);
        return;
    }
    check_answers(t, answers);
    if (!target_take_answers(t, answers->v + t->plan.n) && !t->err)
        settle(t);
    leave(t);
}

/* One refused command is no end: the next pass sees what is there and tries again. */
static void check_answers(struct target *t, const struct strv *answers)
{
    bool odd = false;

    for (size_t i = 0; i < t->plan.n; i++) {
        const struct plan_op *op = &t->plan.v[i];

        t->counters->runtime_commands++;
        if (runtime_answer_ok(op->command, answers->v[i])) {
            log_command(t, op);
            continue;
        }
        t->counters->runtime_failures++;
        if (!odd && !t->err)
            err_set(&t->err, "HAProxy answered \"%.200s\" with \"%.200s\"", op->text,
                    answers->v[i]);
        odd = true;
    }
    t->odd_passes = odd ? t->odd_passes + 1 : 0;
    if (odd)
        target_forget(t);
}

/* Enabling belongs to adding: one line a fact. Where the run is not known, the instance is said. */
static void log_command(const struct target *t, const struct plan_op *op)
{
    char trace[TRACE_LEN + 1];
    const char *instance = "";

    if (op->command == RUNTIME_ENABLE) {
        log_debug(AREA, "at run time: %s", op->text);
        return;
    }
    trace_format(op->server ? find_trace(t, op->backend, op->server, &instance) : 0, trace);
    log_info(AREA, "at run time: %.*s trace=%s instance=%s", COMMAND_SHOWN, op->text, trace,
             *trace ? "" : instance);
}

static uint32_t find_trace(const struct target *t, const char *backend, const char *server,
                           const char **ret_instance)
{
    const struct routes *routes = t->wish.rendering->routes;
    const struct route *route = routes ? routes_find(routes, backend) : NULL;
    const struct route_server *s = route ? route_find_server(route, server) : NULL;

    if (s)
        *ret_instance = s->instance_id;
    return s ? s->trace : runs_trace(t->wish.runs, backend, server);
}

static void log_gone(const struct leaver *v)
{
    char trace[TRACE_LEN + 1];

    log_info(AREA, "server removed backend=%s server=%s trace=%s", v->backend, v->server,
             trace_format(v->trace, trace));
    trace_reached(v->trace, TRACE_REMOVED, 0.);
}

/* While another structure waits for its reload, nothing is in step. */
static void settle(struct target *t)
{
    if (t->info.structure != t->wish.model->structure)
        return;
    model_copy(&t->synced, t->wish.model);
    mapviews_settle(&t->maps, t->wish.rendering);
}

static void leave(struct target *t)
{
    struct strv commands = {0};
    double now = ev_now(t->loop);

    leavers_update(&t->leavers, &t->plan, t->depth == TARGET_ALL ? NULL : &t->loaded, now);
    strv_done(&t->question.backends);
    t->question = (struct target_question){0};
    leavers_ask(&t->leavers, now, &commands, &t->question.backends);
    if (commands.n)
        target_talk(t, &commands, on_used);
    else
        t->on_done(t->arg);
    strv_done(&commands);
}

static void on_used(void *arg, const struct strv *answers, const struct err *err)
{
    struct target *t = arg;
    struct strv commands = {0};

    t->conn = NULL;
    if (err)
        target_fail(t, err);
    else
        leavers_judge(&t->leavers, ev_now(t->loop), answers, &commands);
    t->counters->runtime_commands += commands.n;
    if (commands.n) {
        target_add_question(&t->question, &commands);
        target_talk(t, &commands, on_removed);
    } else {
        t->on_done(t->arg);
    }
    strv_done(&commands);
}

/* What HAProxy did not delete is still there, and is looked at again later. */
static void on_removed(void *arg, const struct strv *answers, const struct err *err)
{
    struct target *t = arg;

    t->conn = NULL;
    if (err)
        target_fail(t, err);
    else if (!target_take_answers(t, answers->v + answers->n - target_question_size(&t->question)))
        leavers_settle(&t->leavers, &t->servers, log_gone);
    t->on_done(t->arg);
}
