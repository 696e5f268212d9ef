#include "lb-template/target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lb-template/leavers.h"
#include "lb-template/mapview.h"
#include "lb-template/plan.h"
#include "lb-template/rtconn.h"
#include "lib/clean.h"
#include "lib/log.h"
#include "lib/xmalloc.h"

#define AREA "lb"
#define SOCKET_TIMEOUT 10.0 /* seconds without a byte from HAProxy */
#define COMMAND_SHOWN 160   /* bytes of a command in the log: without a server's options */
#define ODD_PASSES_MAX 3    /* passes with refused commands until a reload has to help */
#define SCOPE_MAX 300       /* backends asked for one by one; for more, all are asked for at once */

/* Whose servers the answers tell. */
struct question {
    bool all;
    struct strv backends; /* where it is not about all */
};

struct target {
    struct ev_loop *loop;
    char *path;
    struct lb_counters *counters;

    /* from pass to pass */
    struct model synced; /* what the worker has been brought in step with; no part: read it all */
    struct mapviews maps;
    struct runtime_servers servers;
    struct leavers leavers;
    unsigned odd_passes;

    /* of the last look */
    bool running;
    struct runtime_info info;
    struct err *err;

    /* what is under way */
    struct target_wish wish;
    enum target_depth depth;
    struct backends wanted, loaded; /* those that are compared */
    struct plan plan;
    struct question question;
    struct rtconn *conn;
    void (*on_done)(void *arg);
    void *arg;
};

typedef void target_answer(void *arg, const struct strv *answers, const struct err *err);

static void ask(struct target *t);
static void talk(struct target *t, const struct strv *commands, target_answer *on_done);
static void add_question(struct question *q, struct strv *commands);
static size_t question_size(const struct question *q);
static void on_looked(void *arg, const struct strv *answers, const struct err *err);
static int read_who(struct target *t, const char *answer);
static int read_rest(struct target *t, char *const *answers, size_t n);
static int read_servers(struct target *t, char *const *answers);
static bool make_plan(struct target *t, const struct model *loaded);
static void on_applied(void *arg, const struct strv *answers, const struct err *err);
static void check_answers(struct target *t, const struct strv *answers);
static void log_command(const struct plan_op *op);
static void settle(struct target *t);
static void leave(struct target *t);
static void on_used(void *arg, const struct strv *answers, const struct err *err);
static void on_removed(void *arg, const struct strv *answers, const struct err *err);
static void fail(struct target *t, const struct err *err);
static void clear_look(struct target *t);

struct target *target_new(struct ev_loop *loop, const char *path, struct lb_counters *counters)
{
    struct target *t = xcalloc(1, sizeof *t);

    t->loop = loop;
    t->path = xstrdup(path);
    t->counters = counters;
    return t;
}

void target_free(struct target *t)
{
    if (!t)
        return;
    rtconn_cancel(t->conn);
    clear_look(t);
    model_done(&t->synced);
    mapviews_done(&t->maps);
    runtime_servers_done(&t->servers);
    leavers_done(&t->leavers);
    err_free(t->err);
    free(t->path);
    free(t);
}

const char *target_path(const struct target *t)
{
    return t->path;
}

void target_look(struct target *t, enum target_depth depth, const struct target_wish *wish,
                 void (*on_done)(void *arg), void *arg)
{
    clear_look(t);
    t->on_done = on_done;
    t->arg = arg;
    t->wish = wish ? *wish : (struct target_wish){0};
    t->depth = depth;
    if (depth == TARGET_CHANGED &&
        (!target_is_known(t) || t->synced.structure != wish->model->structure))
        t->depth = TARGET_ALL;
    ask(t);
}

const struct runtime_info *target_info(const struct target *t)
{
    return t->running ? &t->info : NULL;
}

const struct err *target_err(const struct target *t)
{
    return t->err;
}

bool target_is_known(const struct target *t)
{
    return t->running && t->synced.n;
}

void target_forget(struct target *t)
{
    model_done(&t->synced);
    mapviews_forget(&t->maps);
}

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
        t->question = (struct question){0};
        plan_backends(&t->plan, &t->question.backends);
        add_question(&t->question, &commands);
        talk(t, &commands, on_applied);
    } else {
        t->odd_passes = 0;
        settle(t);
        leave(t);
    }
    strv_done(&commands);
}

bool target_is_odd(const struct target *t)
{
    return t->odd_passes >= ODD_PASSES_MAX;
}

double target_next(const struct target *t)
{
    return leavers_next(&t->leavers);
}

const struct runtime_servers *target_servers(const struct target *t)
{
    return &t->servers;
}

/* Whoever has changed something by hand is noticed by the next look. */
void target_read_servers(struct target *t, const char *answer)
{
    struct runtime_servers now = {0};

    if (!t->running || runtime_parse_servers(answer, &now, NULL))
        return;
    runtime_servers_done(&t->servers);
    t->servers = now;
    target_forget(t);
}

static void ask(struct target *t)
{
    struct strv commands = {0};

    strv_add(&commands, "show info");
    if (t->depth == TARGET_CHANGED) {
        model_difference(t->wish.model, &t->synced, &t->wanted, &t->loaded);
        for (size_t i = 0; i < t->loaded.n; i++)
            strv_add(&t->question.backends, t->loaded.v[i]->name);
    }
    t->question.all = t->depth == TARGET_ALL;
    if (t->depth != TARGET_WHO) {
        add_question(&t->question, &commands);
        mapviews_ask(&t->maps, t->wish.rendering, t->depth == TARGET_ALL, &commands);
    }
    talk(t, &commands, on_looked);
    strv_done(&commands);
}

static void talk(struct target *t, const struct strv *commands, target_answer *on_done)
{
    t->conn = rtconn_start(t->loop, &(struct rtconn_call){
                                        .path = t->path,
                                        .commands = commands,
                                        .timeout = SOCKET_TIMEOUT,
                                        .on_done = on_done,
                                        .arg = t,
                                    });
}

static void add_question(struct question *q, struct strv *commands)
{
    if (q->backends.n > SCOPE_MAX) {
        strv_done(&q->backends);
        q->all = true;
    }
    if (q->all)
        strv_add(commands, "show servers state");
    for (size_t i = 0; i < q->backends.n; i++)
        strv_add_take(commands, xasprintf("show servers state %s", q->backends.v[i]));
}

/* How many answers it has. */
static size_t question_size(const struct question *q)
{
    return q->all ? 1 : q->backends.n;
}

/* Only where nobody listens HAProxy does not run; whatever else fails says nothing about it. */
static void on_looked(void *arg, const struct strv *answers, const struct err *err)
{
    struct target *t = arg;

    t->conn = NULL;
    if (err && (err_code(err) == ENOENT || err_code(err) == ECONNREFUSED)) {
        t->running = false;
        runtime_servers_done(&t->servers);
        target_forget(t);
    } else if (err) {
        fail(t, err);
    } else if (!read_who(t, answers->v[0]) && t->depth == TARGET_CHANGED && !t->synced.n) {
        clear_look(t);
        t->depth = TARGET_ALL;
        ask(t);
        return;
    } else if (!t->err) {
        read_rest(t, answers->v + 1, answers->n - 1);
    }
    t->on_done(t->arg);
}

/* Another worker than the last one is not known, and has all its servers. */
static int read_who(struct target *t, const char *answer)
{
    struct runtime_info now = {0};
    CLEAN(err) struct err *err = NULL;

    if (runtime_parse_info(answer, &now, &err) ||
        (now.stopping && err_set(&err, "an old worker of HAProxy answers, pid %d", (int)now.pid))) {
        fail(t, err);
        return -1;
    }
    if (!t->running || now.pid != t->info.pid || now.structure != t->info.structure ||
        now.has_mark != t->info.has_mark) {
        target_forget(t);
        t->odd_passes = 0;
    }
    t->info = now;
    t->running = true;
    return 0;
}

static int read_rest(struct target *t, char *const *answers, size_t n)
{
    size_t n_servers = t->depth == TARGET_WHO ? 0 : question_size(&t->question);
    CLEAN(err) struct err *err = NULL;

    if (t->depth == TARGET_WHO)
        return 0;
    if (read_servers(t, answers))
        return -1;
    if (!mapviews_read(&t->maps, answers + n_servers, n - n_servers, &err))
        return 0;
    fail(t, err);
    return -1;
}

/* Reads the answers to the question. */
static int read_servers(struct target *t, char *const *answers)
{
    CLEAN(err) struct err *err = NULL;

    for (size_t i = 0; i < question_size(&t->question); i++) {
        struct runtime_servers now = {0};

        if (runtime_parse_servers(answers[i], &now, &err)) {
            fail(t, err);
            return -1;
        }
        if (!t->question.all) {
            runtime_servers_replace(&t->servers, t->question.backends.v[i], &now);
            continue;
        }
        runtime_servers_done(&t->servers);
        t->servers = now;
    }
    return 0;
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
    mapviews_plan(&t->maps, t->wish.rendering, same ? NULL : &t->loaded, &t->plan);
    plan_sort(&t->plan);
    return true;
}

static void on_applied(void *arg, const struct strv *answers, const struct err *err)
{
    struct target *t = arg;

    t->conn = NULL;
    if (err) {
        fail(t, err);
        t->on_done(t->arg);
        return;
    }
    check_answers(t, answers);
    if (!read_servers(t, answers->v + t->plan.n) && !t->err)
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
            log_command(op);
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

/* Enabling belongs to adding: one line a fact. */
static void log_command(const struct plan_op *op)
{
    if (op->command == RUNTIME_ENABLE)
        log_debug(AREA, "at run time: %s", op->text);
    else
        log_info(AREA, "at run time: %.*s", COMMAND_SHOWN, op->text);
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
    t->question = (struct question){0};
    leavers_ask(&t->leavers, now, &commands, &t->question.backends);
    if (commands.n)
        talk(t, &commands, on_used);
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
        fail(t, err);
    else
        leavers_judge(&t->leavers, ev_now(t->loop), answers, &commands);
    t->counters->runtime_commands += commands.n;
    if (commands.n) {
        add_question(&t->question, &commands);
        talk(t, &commands, on_removed);
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
        fail(t, err);
    else if (!read_servers(t, answers->v + answers->n - question_size(&t->question)))
        leavers_settle(&t->leavers, &t->servers);
    t->on_done(t->arg);
}

/* The first error is the one that is told. */
static void fail(struct target *t, const struct err *err)
{
    if (!t->err)
        err_set_code(&t->err, err_code(err), "%s", err_msg(err));
    target_forget(t);
}

static void clear_look(struct target *t)
{
    plan_done(&t->plan);
    backends_done(&t->wanted);
    backends_done(&t->loaded);
    strv_done(&t->question.backends);
    t->question = (struct question){0};
    err_free(t->err);
    t->err = NULL;
}
