#include "lb-template/target_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

#define SOCKET_TIMEOUT 10.0 /* seconds without a byte from HAProxy */
#define ODD_PASSES_MAX 3    /* passes with refused commands until a reload has to help */
#define SCOPE_MAX 300       /* backends asked for one by one; for more, all are asked for at once */

static void ask(struct target *t);
static void on_looked(void *arg, const struct strv *answers, const struct err *err);
static int read_who(struct target *t, const char *answer);
static int read_rest(struct target *t, char *const *answers, size_t n);
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
        target_add_question(&t->question, &commands);
        mapviews_ask(&t->maps, t->wish.rendering, t->depth == TARGET_ALL, &commands);
    }
    target_talk(t, &commands, on_looked);
    strv_done(&commands);
}

void target_talk(struct target *t, const struct strv *commands, target_answer *on_done)
{
    t->conn = rtconn_start(t->loop, &(struct rtconn_call){
                                        .path = t->path,
                                        .commands = commands,
                                        .timeout = SOCKET_TIMEOUT,
                                        .on_done = on_done,
                                        .arg = t,
                                    });
}

void target_add_question(struct target_question *q, struct strv *commands)
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
size_t target_question_size(const struct target_question *q)
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
        target_fail(t, err);
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
        target_fail(t, err);
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
    size_t n_servers = t->depth == TARGET_WHO ? 0 : target_question_size(&t->question);
    CLEAN(err) struct err *err = NULL;

    if (t->depth == TARGET_WHO)
        return 0;
    if (target_take_answers(t, answers))
        return -1;
    if (!mapviews_read(&t->maps, answers + n_servers, n - n_servers, &err))
        return 0;
    target_fail(t, err);
    return -1;
}

/* Reads the answers to the question. */
int target_take_answers(struct target *t, char *const *answers)
{
    CLEAN(err) struct err *err = NULL;

    for (size_t i = 0; i < target_question_size(&t->question); i++) {
        struct runtime_servers now = {0};

        if (runtime_parse_servers(answers[i], &now, &err)) {
            target_fail(t, err);
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

/* The first error is the one that is told. */
void target_fail(struct target *t, const struct err *err)
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
    t->question = (struct target_question){0};
    err_free(t->err);
    t->err = NULL;
}
