#include "agent/render_commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/proc.h"
#include "lib/xmalloc.h"

#define FOR_EVER 31536000. /* seconds */

extern char **environ;

struct order {
    struct strv argv, env;
    double timeout;
};

struct render_commands {
    struct ev_loop *loop;
    void (*on_done)(void *arg);
    void (*on_failure)(void *arg, const struct err *err);
    void *arg;
    struct order *v;
    size_t n, cap, next;
    struct proc *proc; /* runs; NULL */
};

static void run_next(struct render_commands *c);
static int start(struct render_commands *c, const struct order *o, struct err **err);
static void on_exit_command(void *arg, const struct proc_result *result);
static void clear(struct render_commands *c);

struct render_commands *render_commands_new(struct ev_loop *loop, void (*on_done)(void *arg),
                                            void (*on_failure)(void *arg, const struct err *err),
                                            void *arg)
{
    struct render_commands *c = xcalloc(1, sizeof *c);

    *c = (struct render_commands){
        .loop = loop, .on_done = on_done, .on_failure = on_failure, .arg = arg};
    return c;
}

void render_commands_free(struct render_commands *c)
{
    if (!c)
        return;
    proc_cancel(c->proc);
    clear(c);
    free(c->v);
    free(c);
}

void render_commands_add(struct render_commands *c, const struct render_target *t)
{
    struct order o = {.timeout = t->command_timeout > 0. ? t->command_timeout : FOR_EVER};

    if (!t->command.n)
        return;
    for (size_t i = 0; i < c->n; i++)
        if (strv_equal(&c->v[i].argv, &t->command))
            return;
    strv_copy(&o.argv, &t->command);
    render_env_apply(&t->env, environ, &o.env);
    c->v = xgrow(c->v, c->n, &c->cap, sizeof *c->v);
    c->v[c->n++] = o;
}

bool render_commands_start(struct render_commands *c)
{
    if (!c->n)
        return false;
    run_next(c);
    return true;
}

bool render_commands_run(const struct render_commands *c)
{
    return c->n;
}

static const char *name_of(const struct order *o)
{
    return o->argv.v[o->argv.n - 1];
}

/* Runs what is next, or ends. */
static void run_next(struct render_commands *c)
{
    while (c->next < c->n) {
        CLEAN(err) struct err *err = NULL;
        const struct order *o = &c->v[c->next++];

        if (!start(c, o, &err))
            return;
        c->on_failure(c->arg, err);
    }
    clear(c);
    c->on_done(c->arg);
}

static const char **pointers(const struct strv *l)
{
    const char **v = xcalloc(l->n + 1, sizeof *v);

    for (size_t i = 0; i < l->n; i++)
        v[i] = l->v[i];
    return v;
}

static int start(struct render_commands *c, const struct order *o, struct err **err)
{
    const char **argv = pointers(&o->argv), **env = pointers(&o->env);

    fflush(stdout);
    c->proc = proc_run_env(c->loop, argv, env, o->timeout, on_exit_command, c, err);
    free(argv);
    free(env);
    return c->proc ? 0 : -1;
}

static void on_exit_command(void *arg, const struct proc_result *result)
{
    struct render_commands *c = arg;
    const struct order *o = &c->v[c->next - 1];
    CLEAN(err) struct err *err = NULL;

    c->proc = NULL;
    fwrite(result->output, 1, result->len, stdout);
    fflush(stdout);
    if (result->timed_out)
        err_set(&err, "command '%s' took more than %g seconds and was killed", name_of(o),
                o->timeout);
    else if (result->status)
        err_set(&err, "command '%s' failed with status %d", name_of(o), result->status);
    if (err)
        c->on_failure(c->arg, err);
    run_next(c);
}

static void clear(struct render_commands *c)
{
    for (size_t i = 0; i < c->n; i++) {
        strv_done(&c->v[i].argv);
        strv_done(&c->v[i].env);
    }
    c->n = c->next = 0;
}
