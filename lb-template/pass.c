#include "lb-template/pass.h"

#include <string.h>

#include "lb-template/bans.h"
#include "lb-template/files.h"
#include "lb-template/gate.h"
#include "lb-template/haproxy.h"
#include "lb-template/port.h"
#include "lb-template/trial.h"
#include "lib/clean.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/xmalloc.h"

#define AREA "lb"
#define MUTE_MAX 5.0 /* seconds that a living HAProxy may be silent, as in a start */

struct pass {
    struct ev_loop *loop;
    const struct settings *settings;
    struct renderer *renderer;
    struct haproxy *haproxy;
    struct lb_counters counters;

    /* from pass to pass */
    struct targets targets;
    struct model loaded; /* what the workers of 'loaded_by' run, as far as it is known */
    uint64_t loaded_by;
    bool just_loaded; /* the workers that answer next run 'model' */
    struct gate gate;
    struct bans bans;
    struct files files;
    double mute_since; /* HAProxy lives but does not answer; 0: it does */
    double read_all;   /* when everything was read */

    /* what there should be; 'wish' is made of the others */
    const struct rendering *rendering; /* NULL: nothing is known yet */
    struct model model;
    struct files_wish wish;

    /* this pass */
    struct problems *problems;
    void (*on_done)(void *arg, struct err *err);
    void *arg;
    struct err *err;
    struct trial trial;
    enum target_depth depth; /* of the last look */
    bool has_tried;          /* to load; at most once a pass */
    bool waits;              /* what runs is not to stay: the files are left as its */
    double next;
};

static void on_who(void *arg);
static void begin(struct pass *p);
static const struct files_wish *make(void *arg, const struct strv *without);
static bool take_rendering(struct pass *p, const struct rendering *r, const struct strv *without);
static int probe(void *arg, unsigned port, struct err **err);
static void look(struct pass *p, enum target_depth depth, void (*on_done)(void *arg));
static enum target_depth depth_needed(const struct pass *p);
static void learn_loaded(struct pass *p);
static void decide(void *arg);
static bool needs_load(const struct pass *p);
static bool options_differ(const struct pass *p);
static bool must_wait(struct pass *p);
static bool is_closed(struct pass *p);
static bool is_mute(struct pass *p);
static bool is_for_others(struct pass *p);
static void load(struct pass *p);
static void on_trial(void *arg, enum trial_verdict verdict, unsigned refusals,
                     const struct err *err);
static void on_loaded(void *arg, enum haproxy_verdict verdict, const struct reload_result *result,
                      const struct err *err);
static void take_loaded(struct pass *p, const struct reload_result *result);
static void take_refusal(struct pass *p, const struct err *err);
static void serve_last_good(struct pass *p);
static void on_last_good(void *arg, enum haproxy_verdict verdict,
                         const struct reload_result *result, const struct err *err);
static void apply(void *arg);
static void write_files(struct pass *p);
static bool is_in_place(const struct pass *p);
static void on_applied(void *arg);
static void note_next(struct pass *p, double when);
static void note_err(struct pass *p, const struct err *err);
static void complain(struct pass *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void finish(struct pass *p);

struct pass *pass_new(struct ev_loop *loop, const struct settings *settings,
                      struct renderer *renderer, struct err **err)
{
    struct strv ours = {0};

    if (file_make_dirs(settings->dir, 0755, err))
        return NULL;
    struct pass *p = xcalloc(1, sizeof *p);
    p->loop = loop;
    p->settings = settings;
    p->renderer = renderer;
    p->haproxy = haproxy_new(loop, settings);
    strv_add(&ours, haproxy_stats_path(p->haproxy));
    targets_init(&p->targets, loop, settings->sockets.n ? &settings->sockets : &ours, &p->counters);
    strv_done(&ours);
    files_init(&p->files, haproxy_cfg_path(p->haproxy));
    return p;
}

void pass_free(struct pass *p)
{
    if (!p)
        return;
    haproxy_free(p->haproxy);
    targets_done(&p->targets);
    trial_done(&p->trial);
    gate_done(&p->gate);
    bans_done(&p->bans);
    files_done(&p->files);
    model_done(&p->loaded);
    model_done(&p->model);
    err_free(p->err);
    free(p);
}

void pass_run(struct pass *p, struct problems *problems,
              void (*on_done)(void *arg, struct err *err), void *arg)
{
    p->problems = problems;
    p->on_done = on_done;
    p->arg = arg;
    p->has_tried = p->waits = false;
    p->next = 0.;
    /* Which ports are ours to open depends on who runs. */
    if (targets_are_known(&p->targets))
        begin(p);
    else
        look(p, TARGET_WHO, on_who);
}

double pass_next(const struct pass *p)
{
    return p->next;
}

const struct rendering *pass_rendering(const struct pass *p)
{
    return p->rendering;
}

const struct model *pass_model(const struct pass *p)
{
    return &p->model;
}

const struct targets *pass_targets(const struct pass *p)
{
    return &p->targets;
}

size_t pass_banned(const struct pass *p)
{
    return p->bans.n;
}

const struct lb_counters *pass_counters(const struct pass *p)
{
    return &p->counters;
}

static void on_who(void *arg)
{
    struct pass *p = arg;

    if (targets_any_runs(&p->targets) || !targets_err(&p->targets)) {
        learn_loaded(p);
        begin(p);
        return;
    }
    note_err(p, targets_err(&p->targets));
    finish(p);
}

static void begin(struct pass *p)
{
    make(p, &p->bans.owners);
    if (p->rendering && bans_review(&p->bans, p->rendering, ev_now(p->loop)))
        make(p, &p->bans.owners);
    if (!p->rendering)
        finish(p);
    else
        look(p, depth_needed(p), decide);
}

/* The last rendering stays where there is no new one. */
static const struct files_wish *make(void *arg, const struct strv *without)
{
    struct pass *p = arg;
    CLEAN(err) struct err *err = NULL;
    struct problems repeated = {0};
    struct renderer_input in = {
        .without = without,
        .now = ev_now(p->loop),
        .probe = probe,
        .arg = p,
        .problems = p->has_tried ? &repeated : p->problems,
    };
    const struct rendering *r = p->renderer->render(p->renderer, &in, &err);

    problems_done(&repeated);
    if (err)
        note_err(p, err);
    if (!r)
        r = p->rendering;
    return r && take_rendering(p, r, without) ? &p->wish : NULL;
}

static bool take_rendering(struct pass *p, const struct rendering *r, const struct strv *without)
{
    const char *socket = haproxy_stats_path(p->haproxy);
    struct model before = p->model;

    p->rendering = r;
    p->model = (struct model){0};
    model_from_rendering(&p->model, r, without, &before);
    model_done(&before);
    p->wish = (struct files_wish){.rendering = r, .without = without, .model = &p->model};
    if (!p->settings->sockets.n && !model_has_socket(&p->model, socket))
        p->wish.socket = socket;
    note_next(p, r->next);
    return true;
}

/* What the running HAProxy holds need not be asked for, nor what one holds that does not answer. */
static int probe(void *arg, unsigned port, struct err **err)
{
    const struct pass *p = arg;

    if ((targets_any_runs(&p->targets) || p->mute_since > 0.) &&
        portset_has(&p->loaded.ports, port))
        return 0;
    return port_probe(port == p->settings->render.stats_port ? "127.0.0.1" : p->settings->bind,
                      port, err);
}

static void look(struct pass *p, enum target_depth depth, void (*on_done)(void *arg))
{
    struct target_wish wish = {&p->model, p->rendering};

    p->depth = depth;
    if (depth == TARGET_ALL)
        p->read_all = ev_now(p->loop);
    targets_look(&p->targets, depth, depth == TARGET_WHO ? NULL : &wish, on_done, p);
}

/* Where another structure is to be loaded, what there is now is of no interest. */
static enum target_depth depth_needed(const struct pass *p)
{
    double since = ev_now(p->loop) - p->read_all;

    if (!targets_any_runs(&p->targets) || !targets_have(&p->targets, p->model.structure))
        return TARGET_WHO;
    /* Less than nothing: the clock was set back. */
    return since < 0. || since >= p->settings->resync ? TARGET_ALL : TARGET_CHANGED;
}

/* Workers that berth has not seen began with what is in the file. */
static void learn_loaded(struct pass *p)
{
    uint64_t id = targets_workers_id(&p->targets);

    if (id == p->loaded_by)
        return;
    p->loaded_by = id;
    if (!p->just_loaded) {
        files_forget(&p->files);
        model_done(&p->loaded);
        files_read(&p->files, &p->loaded);
    }
    p->just_loaded = false;
}

static void decide(void *arg)
{
    struct pass *p = arg;

    learn_loaded(p);
    if (targets_any_runs(&p->targets))
        p->mute_since = 0.;
    if (targets_err(&p->targets))
        note_err(p, targets_err(&p->targets));
    p->waits = needs_load(p);
    if (p->has_tried || !p->waits)
        apply(p);
    else if (gate_refuses(&p->gate, ev_now(p->loop), p->model.structure))
        serve_last_good(p);
    else if (must_wait(p))
        apply(p);
    else
        load(p);
}

/* A worker itself says which structure it runs. One that cannot be spoken to may run it. */
static bool needs_load(const struct pass *p)
{
    if (targets_err(&p->targets) && !targets_any_runs(&p->targets))
        return false;
    return !targets_any_runs(&p->targets) || !targets_have(&p->targets, p->model.structure) ||
           targets_are_odd(&p->targets) || options_differ(p);
}

static bool options_differ(const struct pass *p)
{
    struct backends wanted = {0}, loaded = {0};

    model_difference(&p->model, &p->loaded, &wanted, &loaded);
    bool differ = backends_options_differ(&wanted, &loaded);
    backends_done(&wanted);
    backends_done(&loaded);
    return differ;
}

static bool must_wait(struct pass *p)
{
    return (!targets_any_runs(&p->targets) && is_mute(p)) || is_closed(p) || is_for_others(p);
}

/* Too early after the last load. A HAProxy that keeps dying is not started without a pause. */
static bool is_closed(struct pass *p)
{
    if (gate_is_open(&p->gate, ev_now(p->loop)))
        return false;
    note_next(p, p->gate.open_at);
    if (!targets_any_runs(&p->targets) && p->settings->manage)
        complain(p, "HAProxy has ended: it is started again in a moment");
    return true;
}

/* It lives but does not answer: it is starting or ending, and must not be started beside. */
static bool is_mute(struct pass *p)
{
    pid_t master = p->settings->sockets.n ? 0 : haproxy_master(p->haproxy);
    double now = ev_now(p->loop);

    if (!master) {
        p->mute_since = 0.;
        return false;
    }
    p->mute_since = p->mute_since > 0. ? p->mute_since : now;
    if (now - p->mute_since >= MUTE_MAX)
        return false; /* another one takes its place */
    complain(p, "HAProxy lives, pid %d, but does not answer at %s", (int)master,
             haproxy_stats_path(p->haproxy));
    return true;
}

/* Not ours to start or to reload: all that can be done is to have good files ready. */
static bool is_for_others(struct pass *p)
{
    const char *path = target_path(targets_first(&p->targets));
    bool runs = targets_any_runs(&p->targets);

    if (haproxy_can_load(p->haproxy, runs) || !files_are(&p->files, &p->wish))
        return false;
    if (runs)
        complain(
            p,
            "HAProxy at %s runs another configuration than %s: reload it, or say how with [lb] "
            "reload",
            path, haproxy_cfg_path(p->haproxy));
    else
        complain(p, "HAProxy does not answer at %s: start it with %s", path,
                 haproxy_cfg_path(p->haproxy));
    return true;
}

static void load(struct pass *p)
{
    p->has_tried = true;
    trial_start(&p->trial, &p->wish,
                &(struct trial_call){
                    .haproxy = p->haproxy,
                    .bans = &p->bans,
                    .until = ev_now(p->loop) + p->settings->retry,
                    .make = make,
                    .on_done = on_trial,
                    .arg = p,
                });
}

static void on_trial(void *arg, enum trial_verdict verdict, unsigned refusals,
                     const struct err *err)
{
    struct pass *p = arg;

    if (refusals) {
        p->counters.reload_failures++;
        gate_close(&p->gate, ev_now(p->loop), 0., 0);
    }
    switch (verdict) {
    case TRIAL_GOOD:
        /* Without whom it was refused, it may be what runs already. */
        p->waits = needs_load(p);
        if (refusals && !p->waits) {
            look(p, TARGET_ALL, apply);
            return;
        }
        haproxy_load(p->haproxy, &(struct haproxy_load){
                                     .wish = &p->wish,
                                     .workers = p->targets.workers,
                                     .n_workers = p->targets.n,
                                     .on_done = on_loaded,
                                     .arg = p,
                                 });
        return;
    case TRIAL_REFUSED:
        make(p, &p->bans.owners);
        take_refusal(p, err);
        serve_last_good(p);
        return;
    case TRIAL_BROKEN:
        make(p, &p->bans.owners);
        note_err(p, err);
        apply(p);
        return;
    }
}

static void on_loaded(void *arg, enum haproxy_verdict verdict, const struct reload_result *result,
                      const struct err *err)
{
    struct pass *p = arg;

    files_forget(&p->files);
    switch (verdict) {
    case HAPROXY_LOADED:
        take_loaded(p, result);
        look(p, TARGET_ALL, decide);
        return;
    case HAPROXY_WRITTEN:
        is_for_others(p);
        apply(p);
        return;
    case HAPROXY_REFUSED:
        p->counters.reload_failures++;
        take_refusal(p, err);
        serve_last_good(p);
        return;
    case HAPROXY_BROKEN:
        note_err(p, err);
        apply(p);
        return;
    }
}

static void take_loaded(struct pass *p, const struct reload_result *result)
{
    double seconds = result ? result->seconds : 0.;
    size_t backends, servers;

    model_count(&p->model, &backends, &servers);
    if (result) {
        p->counters.reloads++;
        log_info(AREA, "HAProxy reloaded seconds=%.3f old-workers=%u backends=%zu", seconds,
                 result->old_workers, backends);
    } else {
        log_info(AREA, "HAProxy started backends=%zu", backends);
    }
    gate_close(&p->gate, ev_now(p->loop), seconds, result ? result->old_workers : 0);
    gate_accepted(&p->gate);
    model_copy(&p->loaded, &p->model);
    p->just_loaded = true;
    p->loaded_by = 0;
}

static void take_refusal(struct pass *p, const struct err *err)
{
    double now = ev_now(p->loop);

    gate_refused(&p->gate, now, p->model.structure, err_msg(err), now + p->settings->retry);
}

/* What can be done at run time is done; a HAProxy that has died comes back with the old files. */
static void serve_last_good(struct pass *p)
{
    problems_add(p->problems, "HAProxy configuration", "%s; the last good one stays", p->gate.why);
    note_next(p, p->gate.refused_until);
    if (targets_any_runs(&p->targets)) {
        apply(p);
    } else if (!p->settings->manage || !files_exist(&p->files) || haproxy_master(p->haproxy)) {
        complain(p, "%s", p->gate.why);
        finish(p);
    } else if (p->has_tried || !is_closed(p)) {
        gate_close(&p->gate, ev_now(p->loop), 0., 0);
        p->has_tried = true;
        haproxy_start(p->haproxy, on_last_good, p);
    } else {
        finish(p);
    }
}

static void on_last_good(void *arg, enum haproxy_verdict verdict,
                         const struct reload_result *result, const struct err *err)
{
    struct pass *p = arg;

    (void)result;
    if (verdict == HAPROXY_LOADED) {
        log_info(AREA, "HAProxy started with the last good configuration");
        p->loaded_by = 0;
        look(p, TARGET_ALL, decide);
    } else {
        note_err(p, err);
        finish(p);
    }
}

static void apply(void *arg)
{
    struct pass *p = arg;

    if (p->depth == TARGET_WHO && targets_any_runs(&p->targets)) {
        look(p, TARGET_ALL, apply);
        return;
    }
    write_files(p);
    targets_apply(&p->targets, &p->loaded, on_applied, p);
}

/* Before the commands, so that a reload by somebody else finds what is being made; while another
 * structure waits for its reload, they stay those of the worker. */
static void write_files(struct pass *p)
{
    CLEAN(err) struct err *err = NULL;
    double due = 0.;

    if (!is_in_place(p))
        return;
    if (files_write(&p->files, &p->wish, ev_now(p->loop), &due, &err))
        note_err(p, err);
    note_next(p, due);
}

/* Do all run the wanted structure, and is it to stay? */
static bool is_in_place(const struct pass *p)
{
    return !p->waits && targets_any_runs(&p->targets) &&
           targets_have(&p->targets, p->model.structure);
}

static void on_applied(void *arg)
{
    struct pass *p = arg;

    if (targets_err(&p->targets))
        note_err(p, targets_err(&p->targets));
    else if (is_in_place(p) && !model_same(&p->loaded, &p->model))
        model_copy(&p->loaded, &p->model);
    if (!targets_all_run(&p->targets) && targets_any_runs(&p->targets))
        complain(p, "HAProxy does not answer at one of [lb] sockets: start it with %s",
                 haproxy_cfg_path(p->haproxy));
    finish(p);
}

static void note_next(struct pass *p, double when)
{
    if (when > 0. && (!(p->next > 0.) || when < p->next))
        p->next = when;
}

/* The first error of a pass is the one that is told. */
static void note_err(struct pass *p, const struct err *err)
{
    if (!p->err)
        err_set_code(&p->err, err_code(err), "%s", err_msg(err));
}

static void complain(struct pass *p, const char *format, ...)
{
    CLEAN(err) struct err *err = NULL;
    va_list args;

    va_start(args, format);
    CLEAN(free_str) char *text = xvasprintf(format, args);
    va_end(args);
    err_set(&err, "%s", text);
    note_err(p, err);
}

static void finish(struct pass *p)
{
    struct err *err = TAKE_PTR(p->err);

    note_next(p, targets_next(&p->targets));
    note_next(p, bans_next(&p->bans));
    bans_report(&p->bans, p->problems);
    p->on_done(p->arg, err);
}
