#include "agent/lb_template.h"

#include <stdlib.h>
#include <string.h>

#include "agent/render_files.h"
#include "agent/render_job.h"
#include "agent/render_source.h"
#include "lb-template/quiet.h"
#include "lib/log.h"
#include "lib/xmalloc.h"

#define AREA "lb"
#define MAX_STALE 2. /* seconds, as consul-template's */

struct lb_template {
    struct renderer base;
    struct ev_loop *loop;
    const char *path; /* of the template; borrowed */
    struct render_job job;
    struct tmpl_deps deps; /* used; of all executions since the last complete one */
    struct render_source source;
    struct render_addrs addrs;
    struct render_watch *watch;
    struct render_files *files;
    struct quiet quiet;
    ev_timer due; /* to on_change() */
    bool edited;  /* the template is to be parsed again */
    struct rendering last;
    bool rendered; /* there is a last one */
    void (*on_change)(void *arg);
    void *arg;
};

static int parse(const char *path, struct render_job *ret, struct err **err);
static const struct rendering *render(struct renderer *base, const struct renderer_input *in,
                                      struct err **err);
static void on_dep(void *arg, const struct render_dep *d, bool first);
static void on_trouble(void *arg, const struct err *err);
static void on_file(void *arg, const char *path);
static void on_due(struct ev_loop *loop, ev_timer *t, int events);
static void change(struct lb_template *t, double due);

static int open_watch(struct lb_template *t, const struct config *config, struct err **err)
{
    static const struct render_watch_options options = {.max_stale = MAX_STALE};
    const struct render_watch_user user = {.on_change = on_dep, .on_trouble = on_trouble, .arg = t};

    if (quiet_parse(&t->quiet, config->lb_wait, err))
        return -1;
    t->watch = render_watch_new_configured(t->loop, config, &options, &user, err);
    if (!t->watch)
        return err_wrap(err,
                        "[lb] template: it asks for Consul's data, with [registrator] registry");
    render_watch_follow(t->watch);
    t->source.consul = t->watch;
    return 0;
}

int lb_template_new(struct ev_loop *loop, const struct config *config, void (*on_change)(void *arg),
                    void *arg, struct lb_template **ret, struct err **err)
{
    struct render_job job;

    *ret = NULL;
    if (!*config->lb_template)
        return 0;
    int status = parse(config->lb_template, &job, err);
    if (status || !tmpl_asks(job.tmpl)) {
        render_job_done(&job);
        return status;
    }
    struct lb_template *t = xcalloc(1, sizeof *t);
    *t = (struct lb_template){.base.render = render,
                              .loop = loop,
                              .path = config->lb_template,
                              .job = job,
                              .on_change = on_change,
                              .arg = arg};
    ev_timer_init(&t->due, on_due, 0., 0.);
    t->due.data = t;
    t->files = render_files_new(loop, on_file, t);
    render_addrs_read(&t->addrs);
    if (!open_watch(t, config, err)) {
        *ret = t;
        return 0;
    }
    lb_template_free(t);
    return -1;
}

void lb_template_free(struct lb_template *t)
{
    if (!t)
        return;
    ev_timer_stop(t->loop, &t->due);
    render_watch_free(t->watch);
    render_files_free(t->files);
    render_addrs_done(&t->addrs);
    render_job_done(&t->job);
    tmpl_deps_done(&t->deps);
    rendering_done(&t->last);
    free(t);
}

void lb_template_set_config(struct lb_template *t, const struct config *config)
{
    double first = t->quiet.first;

    if (!quiet_parse(&t->quiet, config->lb_wait, NULL))
        t->quiet.first = first;
    t->path = config->lb_template;
    t->edited = true;
    change(t, 0.);
}

void lb_template_set_access(struct lb_template *t, const struct consul_access *access)
{
    render_watch_set_access(t->watch, access);
}

int lb_template_asks(const char *path, struct err **err)
{
    struct render_job job;

    if (!*path)
        return 0;
    int status = parse(path, &job, err);
    int asks = status ? -1 : tmpl_asks(job.tmpl);
    render_job_done(&job);
    return asks;
}

struct renderer *lb_template_base(struct lb_template *t)
{
    return &t->base;
}

static int parse(const char *path, struct render_job *ret, struct err **err)
{
    struct render_target target;

    render_target_init(&target);
    target.source = xstrdup(path);
    return render_job_init(ret, &target, err);
}

/* After an edit that cannot be parsed the template is read again when it is asked for again. */
static int read_again(struct lb_template *t, struct err **err)
{
    struct render_job job;

    if (!t->edited)
        return 0;
    if (parse(t->path, &job, err)) {
        render_job_done(&job);
        return -1;
    }
    render_job_done(&t->job);
    t->job = job;
    t->edited = false;
    return 0;
}

/* Keeps what was used before until an execution is complete. */
static void tell_watches(struct lb_template *t)
{
    const struct tmpl_deps *now = &t->job.result.deps;

    if (t->job.complete)
        tmpl_deps_done(&t->deps);
    for (size_t i = 0; i < now->n; i++)
        tmpl_deps_add(&t->deps, now->v[i].kind, now->v[i].text, false);
    render_files_begin(t->files);
    render_watch_begin(t->watch);
    render_files_use(t->files, t->path);
    for (size_t i = 0; i < t->deps.n; i++) {
        const struct tmpl_dep *d = &t->deps.v[i];

        if (d->kind == TMPL_DEP_FILE)
            render_files_use(t->files, d->text);
        else if (d->kind != TMPL_DEP_ENV)
            render_watch_use(t->watch, d->kind, d->text, false);
    }
    render_watch_end(t->watch);
    render_files_end(t->files);
}

static void say_missing(struct lb_template *t)
{
    const struct tmpl_deps *deps = &t->job.result.deps;

    for (size_t i = 0; i < deps->n && !render_watch_pending(t->watch); i++)
        if (deps->v[i].missing && render_watch_say(t->watch, deps->v[i].kind, deps->v[i].text))
            log_warn(AREA, "%s waits for %s \"%s\"", t->path, tmpl_dep_name(deps->v[i].kind),
                     deps->v[i].text);
}

/* The text as it is, but that a file of HAProxy's ends with a line's end. */
static void take_text(struct lb_template *t)
{
    struct rendering now = {0};

    if (t->job.result.text.len && t->job.result.text.data[t->job.result.text.len - 1] != '\n')
        sbuf_addch(&t->job.result.text, '\n');
    rendering_add(&now, &t->job.result.text, NULL);
    rendering_stamp_all(&now, &t->last);
    rendering_done(&t->last);
    t->last = now;
    t->rendered = true;
}

/* While something is missing, the last rendering stays. */
static const struct rendering *render(struct renderer *base, const struct renderer_input *in,
                                      struct err **err)
{
    struct lb_template *t = (struct lb_template *)base;
    const struct tmpl_source source = {render_source_get, &t->source};
    const struct tmpl_run run = {
        .source = &source, .now = in->now, .addrs = t->addrs.v, .n_addrs = t->addrs.n};
    CLEAN(err) struct err *failed = NULL;

    if (read_again(t, err))
        return NULL;
    int status = render_job_run(&t->job, &run, &failed);
    tell_watches(t);
    if (status && !t->job.result.deps.missing) {
        err_set(err, "%s", err_msg(failed));
        return NULL;
    }
    if (t->job.complete && t->job.result.n_writes) {
        err_set(err, "%s: writeToFile has no place in haproxy.cfg's template", t->path);
        return NULL;
    }
    if (t->job.complete)
        take_text(t);
    else
        say_missing(t);
    return t->rendered ? &t->last : NULL;
}

static void change(struct lb_template *t, double due)
{
    double left = due - ev_now(t->loop);

    ev_timer_stop(t->loop, &t->due);
    ev_timer_set(&t->due, left > 0. ? left : 0., 0.);
    ev_timer_start(t->loop, &t->due);
}

/* At first nothing waits for quiet, and the last answer of those that are outstanding counts. */
static void on_dep(void *arg, const struct render_dep *d, bool first)
{
    struct lb_template *t = arg;

    (void)d;
    if (!first && t->rendered)
        change(t, quiet_change(&t->quiet, ev_now(t->loop)));
    else if (!render_watch_pending(t->watch))
        change(t, 0.);
}

static void on_trouble(void *arg, const struct err *err)
{
    (void)arg;
    log_warn(AREA, "template: %s; trying again", err_msg(err));
}

static void on_file(void *arg, const char *path)
{
    struct lb_template *t = arg;

    t->edited |= !strcmp(path, t->path);
    change(t, quiet_change(&t->quiet, ev_now(t->loop)));
}

static void on_due(struct ev_loop *loop, ev_timer *w, int events)
{
    struct lb_template *t = w->data;

    (void)loop;
    (void)events;
    quiet_end(&t->quiet);
    t->on_change(t->arg);
}
