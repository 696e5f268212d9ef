#include "lb-template/pass_state.h"

#include "lb-template/port.h"
#include "lib/clean.h"
#include "lib/file.h"
#include "lib/xmalloc.h"

#define READ_REST 4.0 /* times what reading everything took */

static void on_who(void *arg);
static void begin(struct pass *p);
static void take_rendering(struct pass *p, const struct rendering *r, const struct strv *without);
static int probe(void *arg, unsigned port, struct err **err);
static enum target_depth depth_needed(const struct pass *p);
static void learn_loaded(struct pass *p);
static bool must_rest(struct pass *p);
static void on_read_all(void *arg);
static void write_files(struct pass *p);
static bool is_in_place(const struct pass *p);
static void on_applied(void *arg);
static void take_in_place(struct pass *p);
static void tell_step(uint32_t trace, enum trace_step step);

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
    patched_done(&p->patched);
    bans_done(&p->bans);
    files_done(&p->files);
    runs_done(&p->runs);
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
        pass_look(p, TARGET_WHO, on_who);
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

bool pass_holds_port(const struct pass *p, unsigned port)
{
    return (targets_any_runs(&p->targets) || p->mute_since > 0.) &&
           portset_has(&p->loaded.ports, port);
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
    pass_note_err(p, targets_err(&p->targets));
    pass_finish(p);
}

static void begin(struct pass *p)
{
    pass_make(p, &p->bans.owners);
    if (p->rendering && bans_review(&p->bans, p->rendering, ev_now(p->loop)))
        pass_make(p, &p->bans.owners);
    if (!p->rendering)
        pass_finish(p);
    else
        pass_look(p, depth_needed(p), pass_decide);
}

/* The last rendering stays where there is no new one. */
const struct files_wish *pass_make(void *arg, const struct strv *without)
{
    struct pass *p = arg;
    CLEAN(err) struct err *err = NULL;
    struct problems repeated = {0};
    struct strv left_out = {0};
    struct renderer_input in = {
        .without = &left_out,
        .now = ev_now(p->loop),
        .probe = probe,
        .arg = p,
        .problems = p->has_tried ? &repeated : p->problems,
    };

    patched_without(&p->bans, without, &left_out);
    const struct rendering *r = p->renderer->render(p->renderer, &in, &err);
    strv_done(&left_out);
    problems_done(&repeated);
    if (err)
        pass_note_err(p, err);
    if (!r)
        r = p->rendering;
    if (!r)
        return NULL;
    take_rendering(p, r, without);
    return &p->wish;
}

static void take_rendering(struct pass *p, const struct rendering *r, const struct strv *without)
{
    const char *socket = haproxy_stats_path(p->haproxy);
    struct model before = p->model;

    p->rendering = r;
    p->model = (struct model){0};
    p->wish = (struct files_wish){.rendering = r, .without = without, .model = &p->model};
    if (without->n) {
        patched_make(&p->patched, r, &p->bans, without);
        p->wish.rendering = &p->patched.rendering;
        p->wish.without = &p->patched.without;
    }
    model_from_rendering(&p->model, p->wish.rendering, p->wish.without, &before);
    model_done(&before);
    if (!p->settings->sockets.n && !model_has_socket(&p->model, socket))
        p->wish.socket = socket;
    pass_note_next(p, r->next);
}

/* What the running HAProxy holds need not be asked for, nor what one holds that does not answer. */
static int probe(void *arg, unsigned port, struct err **err)
{
    const struct pass *p = arg;

    if (pass_holds_port(p, port))
        return 0;
    return port_probe(port == p->settings->render.stats_port ? "127.0.0.1" : p->settings->bind,
                      port, err);
}

void pass_look(struct pass *p, enum target_depth depth, void (*on_done)(void *arg))
{
    struct target_wish wish = {&p->model, p->rendering, &p->runs};

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

void pass_decide(void *arg)
{
    struct pass *p = arg;

    learn_loaded(p);
    if (targets_any_runs(&p->targets))
        p->mute_since = 0.;
    if (targets_err(&p->targets))
        pass_note_err(p, targets_err(&p->targets));
    p->waits = pass_needs_load(p);
    if (p->has_tried || !p->waits)
        pass_apply(p);
    else if (gate_refuses(&p->gate, ev_now(p->loop), p->model.structure))
        pass_serve_last_good(p);
    else if (pass_must_wait(p))
        pass_apply(p);
    else
        pass_load(p);
}

void pass_apply(void *arg)
{
    struct pass *p = arg;

    if (p->depth == TARGET_WHO && targets_any_runs(&p->targets)) {
        if (must_rest(p))
            pass_finish(p);
        else
            pass_look(p, TARGET_ALL, on_read_all);
        return;
    }
    write_files(p);
    targets_apply(&p->targets, &p->loaded, on_applied, p);
}

/* While another structure waits for its reload, each pass reads everything: that takes a fifth of
 * the time at most, however many servers there are. */
static bool must_rest(struct pass *p)
{
    double now = ev_now(p->loop);

    /* Before it was read: the clock was set back. */
    if (now < p->read_all || now >= p->read_next)
        return false;
    pass_note_next(p, p->read_next);
    return true;
}

static void on_read_all(void *arg)
{
    struct pass *p = arg;
    double now = ev_now(p->loop);

    p->read_next = now + (now - p->read_all) * READ_REST;
    pass_apply(p);
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
        pass_note_err(p, err);
    pass_note_next(p, due);
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
        pass_note_err(p, targets_err(&p->targets));
    else if (is_in_place(p))
        take_in_place(p);
    if (!targets_all_run(&p->targets) && targets_any_runs(&p->targets))
        pass_complain(p, "HAProxy does not answer at one of [lb] sockets: start it with %s",
                      haproxy_cfg_path(p->haproxy));
    pass_finish(p);
}

static void take_in_place(struct pass *p)
{
    if (!model_same(&p->loaded, &p->model))
        model_copy(&p->loaded, &p->model);
    if (p->rendering->routes)
        runs_update(&p->runs, p->rendering->routes, p->wish.without, tell_step);
}

static void tell_step(uint32_t trace, enum trace_step step)
{
    trace_reached(trace, step, 0.);
}

void pass_note_next(struct pass *p, double when)
{
    if (when > 0. && (!(p->next > 0.) || when < p->next))
        p->next = when;
}

/* The first error of a pass is the one that is told. */
void pass_note_err(struct pass *p, const struct err *err)
{
    if (!p->err)
        err_set_code(&p->err, err_code(err), "%s", err_msg(err));
}

void pass_complain(struct pass *p, const char *format, ...)
{
    CLEAN(err) struct err *err = NULL;
    va_list args;

    va_start(args, format);
    err_vset(&err, format, args);
    va_end(args);
    pass_note_err(p, err);
}

void pass_finish(struct pass *p)
{
    struct err *err = TAKE_PTR(p->err);

    pass_note_next(p, targets_next(&p->targets));
    pass_note_next(p, bans_next(&p->bans));
    bans_report(&p->bans, p->problems);
    p->on_done(p->arg, err);
}
