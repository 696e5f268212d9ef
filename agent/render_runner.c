#include "agent/render_runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/render_commands.h"
#include "agent/render_files.h"
#include "agent/render_work.h"
#include "lib/xmalloc.h"

#define PENDING_PAUSE 0.25 /* seconds between executions while answers are outstanding */

struct render_runner {
    struct ev_loop *loop;
    struct render_source *source;
    struct render_runner_options options;
    struct render_runner_user user;
    struct render_watch *watch; /* NULL: no Consul */
    struct render_files *files;
    struct render_commands *commands;
    struct render_addrs addrs;
    struct render_work *works;
    size_t n;
    bool changed;  /* a file was written since on_rendered() */
    bool again;    /* a pass was due while commands ran */
    bool late;     /* the wait is over */
    bool answered; /* something that was missing is there */
    ev_timer pass, deadline;
};

static void kick(struct render_runner *r, double delay);
static void on_pass(struct ev_loop *loop, ev_timer *t, int events);
static void on_deadline(struct ev_loop *loop, ev_timer *t, int events);
static void on_change(void *arg, const struct render_dep *d, bool first);
static void on_file(void *arg, const char *path);
static void on_trouble(void *arg, const struct err *err);
static void on_commands_done(void *arg);
static void on_failure(void *arg, const struct err *err);
static void mark(struct render_runner *r, enum tmpl_dep_kind kind, const char *text);
static void execute_all(struct render_runner *r);
static void execute(struct render_runner *r, struct render_work *w);
static void tell_watches(struct render_runner *r);
static void wait_or_give_up(struct render_runner *r);
static void write_all(struct render_runner *r);
static bool all_done(const struct render_runner *r);
static void free_works(struct render_runner *r);

struct render_runner *render_runner_new(struct ev_loop *loop, struct render_source *source,
                                        const struct render_runner_options *options,
                                        const struct render_runner_user *user)
{
    struct render_runner *r = xcalloc(1, sizeof *r);

    *r = (struct render_runner){.loop = loop, .source = source, .options = *options, .user = *user};
    r->files = render_files_new(loop, on_file, r);
    r->commands = render_commands_new(loop, on_commands_done, on_failure, r);
    render_addrs_read(&r->addrs);
    ev_timer_init(&r->pass, on_pass, 0., 0.);
    ev_timer_init(&r->deadline, on_deadline, options->wait, 0.);
    r->pass.data = r->deadline.data = r;
    if (options->once && options->wait > 0.)
        ev_timer_start(loop, &r->deadline);
    return r;
}

void render_runner_free(struct render_runner *r)
{
    if (!r)
        return;
    ev_timer_stop(r->loop, &r->pass);
    ev_timer_stop(r->loop, &r->deadline);
    free_works(r);
    render_commands_free(r->commands);
    render_watch_free(r->watch);
    render_files_free(r->files);
    render_addrs_done(&r->addrs);
    free(r);
}

int render_runner_set_consul(struct render_runner *r, const char *address,
                             const struct render_watch_options *options, struct err **err)
{
    const struct render_watch_user user = {on_change, on_trouble, on_failure, r};
    struct render_watch *watch = render_watch_new(r->loop, address, options, &user, err);

    if (!watch)
        return -1;
    if (!r->options.once)
        render_watch_follow(watch);
    render_watch_free(r->watch);
    r->watch = r->source->consul = watch;
    for (size_t i = 0; i < r->n; i++)
        r->works[i].dirty = true;
    kick(r, 0.);
    return 0;
}

void render_runner_set_jobs(struct render_runner *r, struct render_job *jobs, size_t n)
{
    free_works(r);
    r->works = xcalloc(n + 1, sizeof *r->works);
    r->n = n;
    for (size_t i = 0; i < n; i++)
        r->works[i] = (struct render_work){.job = jobs[i], .dirty = true};
    free(jobs);
    kick(r, 0.);
}

static void free_works(struct render_runner *r)
{
    for (size_t i = 0; i < r->n; i++)
        render_work_done(&r->works[i]);
    free(r->works);
    r->works = NULL;
    r->n = 0;
}

/* Has a pass run in 'delay' seconds at the latest. */
static void kick(struct render_runner *r, double delay)
{
    if (ev_is_active(&r->pass) && ev_timer_remaining(r->loop, &r->pass) <= delay)
        return;
    ev_timer_stop(r->loop, &r->pass);
    ev_timer_set(&r->pass, delay, 0.);
    ev_timer_start(r->loop, &r->pass);
}

/* What changes while commands run is looked at when they have ended. */
static void on_pass(struct ev_loop *loop, ev_timer *t, int events)
{
    struct render_runner *r = t->data;

    (void)loop;
    (void)events;
    r->again = render_commands_run(r->commands);
    if (r->again)
        return;
    execute_all(r);
    tell_watches(r);
    wait_or_give_up(r);
    if (!r->options.together || all_done(r))
        write_all(r);
    if (!render_commands_start(r->commands))
        on_commands_done(r);
}

static void on_deadline(struct ev_loop *loop, ev_timer *t, int events)
{
    struct render_runner *r = t->data;

    (void)loop;
    (void)events;
    r->late = true;
    kick(r, 0.);
}

/* An answer that was outstanding makes nothing wait. */
static void on_change(void *arg, const struct render_dep *d, bool first)
{
    struct render_runner *r = arg;

    if (!first) {
        mark(r, d->kind, d->text);
        return;
    }
    r->answered = true;
    kick(r, render_watch_pending(r->watch) ? PENDING_PAUSE : 0.);
}

static void on_file(void *arg, const char *path)
{
    mark(arg, TMPL_DEP_FILE, path);
}

static void on_trouble(void *arg, const struct err *err)
{
    struct render_runner *r = arg;
    CLEAN(free_str) char *text = xasprintf("%s; trying again", err_msg(err));

    r->user.say(r->user.arg, text);
}

/* 'text' of 'kind' has changed: what uses it is executed when that has been quiet for a while. */
static void mark(struct render_runner *r, enum tmpl_dep_kind kind, const char *text)
{
    double now = ev_now(r->loop);

    for (size_t i = 0; i < r->n; i++) {
        struct render_work *w = &r->works[i];

        if (!render_work_uses(w, kind, text))
            continue;
        w->dirty = true;
        w->rounds = 0;
        if (w->rendered && !r->options.once)
            w->due = quiet_change(&w->job.target.wait, now);
        kick(r, w->due > now ? w->due - now : 0.);
    }
}

static void execute_all(struct render_runner *r)
{
    double now = ev_now(r->loop);

    for (size_t i = 0; i < r->n; i++) {
        struct render_work *w = &r->works[i];

        w->dirty |= r->answered && !w->job.complete && !w->given_up;
        if (!w->dirty)
            continue;
        if (w->due > now) {
            kick(r, w->due - now);
            continue;
        }
        w->due = 0.;
        quiet_end(&w->job.target.wait);
        execute(r, w);
    }
    r->answered = false;
}

/* Tells a failure that is not the last one. */
static void fail(struct render_runner *r, struct render_work *w, const struct err *err)
{
    if (w->failure && !strcmp(w->failure, err_msg(err)))
        return;
    free(w->failure);
    w->failure = xstrdup(err_msg(err));
    r->user.on_failure(r->user.arg, &w->job, err);
}

/* A template that fails for want of data is executed again when they are there. */
static void execute(struct render_runner *r, struct render_work *w)
{
    const struct tmpl_source source = {render_source_get, r->source};
    const struct tmpl_run run = {
        .source = &source, .now = ev_now(r->loop), .addrs = r->addrs.v, .n_addrs = r->addrs.n};
    CLEAN(err) struct err *err = NULL;
    bool wants_data;

    r->source->sandbox = w->job.target.sandbox;
    if (render_work_run(w, &run, &wants_data, &err) && (!wants_data || !r->watch)) {
        w->given_up |= r->options.once;
        fail(r, w, err);
    }
}

static void tell_watches(struct render_runner *r)
{
    render_files_begin(r->files);
    if (r->watch)
        render_watch_begin(r->watch);
    for (size_t i = 0; i < r->n; i++)
        for (size_t k = 0; k < r->works[i].deps.n && !r->works[i].given_up; k++) {
            const struct tmpl_dep *d = &r->works[i].deps.v[k];

            if (d->kind == TMPL_DEP_FILE && !r->options.once)
                render_files_use(r->files, d->text);
            else if (render_work_is_consuls(d->kind) && r->watch)
                render_watch_use(r->watch, d->kind, d->text, d->missing);
        }
    render_files_end(r->files);
    if (r->watch)
        render_watch_end(r->watch);
}

static void say_waiting(struct render_runner *r, const struct render_work *w)
{
    for (size_t i = 0; i < w->deps.n; i++) {
        const struct tmpl_dep *d = &w->deps.v[i];

        if (!d->missing || !render_work_is_consuls(d->kind) ||
            !render_watch_say(r->watch, d->kind, d->text))
            continue;
        CLEAN(free_str)
        char *text = xasprintf("waiting for %s \"%s\"", tmpl_dep_name(d->kind), d->text);
        r->user.say(r->user.arg, text);
    }
}

/* When all that was asked for has been answered, what is still missing is waited for; that may
 * take long, so what is known must be kept up to date. */
static void wait_or_give_up(struct render_runner *r)
{
    bool pending = r->watch && render_watch_pending(r->watch);

    for (size_t i = 0; i < r->n; i++) {
        struct render_work *w = &r->works[i];
        bool vain = r->options.once && r->options.no_file_waits && render_work_lacks(w, false);

        if (w->job.complete || w->given_up || (pending && !r->late))
            continue;
        vain |= r->options.no_waits && !w->dirty && !r->answered && w->job.result.deps.missing;
        if (vain || (!r->watch && render_work_lacks(w, true)) || (r->options.once && r->late)) {
            w->given_up = true;
            r->user.on_given_up(r->user.arg, &w->job);
        } else if (r->watch && !w->dirty && !r->answered) {
            say_waiting(r, w);
            render_watch_follow(r->watch);
        }
    }
}

static bool all_done(const struct render_runner *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (!r->works[i].given_up && (r->works[i].dirty || !r->works[i].job.complete))
            return false;
    return true;
}

static void write_all(struct render_runner *r)
{
    for (size_t i = 0; i < r->n; i++) {
        struct render_work *w = &r->works[i];
        CLEAN(err) struct err *err = NULL;

        if (!w->fresh)
            continue;
        w->fresh = false;
        if (r->user.write(r->user.arg, &w->job, &err))
            fail(r, w, err);
        else if (w->job.changed)
            render_commands_add(r->commands, &w->job.target);
        r->changed |= w->job.changed;
        sbuf_done(&w->job.result.text);
    }
}

static void on_commands_done(void *arg)
{
    struct render_runner *r = arg;
    bool changed = r->changed;

    if (r->again)
        kick(r, 0.);
    r->again = false;
    for (size_t i = 0; i < r->n; i++)
        if (!r->works[i].given_up && !r->works[i].rendered)
            return;
    r->changed = false;
    r->user.on_rendered(r->user.arg, changed);
}

static void on_failure(void *arg, const struct err *err)
{
    const struct render_runner *r = arg;

    r->user.on_failure(r->user.arg, NULL, err);
}
