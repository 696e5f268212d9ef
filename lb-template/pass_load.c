#include "lb-template/pass_state.h"

#include "lb-template/reloaded.h"
#include "lib/log.h"
#include "lib/xmalloc.h"

#define AREA "lb"
#define MUTE_MAX 5.0 /* seconds that a living HAProxy may be silent, as in a start */

static bool options_differ(const struct pass *p);
static bool is_closed(struct pass *p);
static bool is_mute(struct pass *p);
static bool is_for_others(struct pass *p);
static void on_trial(void *arg, enum trial_verdict verdict, unsigned refusals,
                     const struct err *err);
static void on_loaded(void *arg, enum haproxy_verdict verdict, const struct reload_result *result,
                      const struct err *err);
static void take_loaded(struct pass *p, const struct reload_result *result);
static void take_refusal(struct pass *p, const struct err *err);
static void on_last_good(void *arg, enum haproxy_verdict verdict,
                         const struct reload_result *result, const struct err *err);

/* A worker itself says which structure it runs. One that cannot be spoken to may run it. */
bool pass_needs_load(const struct pass *p)
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

bool pass_must_wait(struct pass *p)
{
    return (!targets_any_runs(&p->targets) && is_mute(p)) || is_closed(p) || is_for_others(p);
}

/* Too early after the last load. A HAProxy that keeps dying is not started without a pause. */
static bool is_closed(struct pass *p)
{
    if (gate_is_open(&p->gate, ev_now(p->loop)))
        return false;
    pass_note_next(p, p->gate.open_at);
    if (!targets_any_runs(&p->targets) && p->settings->manage)
        pass_complain(p, "HAProxy has ended: it is started again in a moment");
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
    pass_complain(p, "HAProxy lives, pid %d, but does not answer at %s", (int)master,
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
        pass_complain(
            p,
            "HAProxy at %s runs another configuration than %s: reload it, or say how with [lb] "
            "reload",
            path, haproxy_cfg_path(p->haproxy));
    else
        pass_complain(p, "HAProxy does not answer at %s: start it with %s", path,
                      haproxy_cfg_path(p->haproxy));
    return true;
}

void pass_load(struct pass *p)
{
    p->has_tried = true;
    trial_start(&p->trial, &p->wish,
                &(struct trial_call){
                    .haproxy = p->haproxy,
                    .bans = &p->bans,
                    .until = ev_now(p->loop) + p->settings->retry,
                    .cfg_path = haproxy_cfg_path(p->haproxy),
                    .make = pass_make,
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
        p->waits = pass_needs_load(p);
        if (refusals && !p->waits) {
            pass_look(p, TARGET_ALL, pass_apply);
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
        pass_make(p, &p->bans.owners);
        take_refusal(p, err);
        pass_serve_last_good(p);
        return;
    case TRIAL_BROKEN:
        pass_make(p, &p->bans.owners);
        pass_note_err(p, err);
        pass_apply(p);
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
        pass_look(p, TARGET_ALL, pass_decide);
        return;
    case HAPROXY_WRITTEN:
        if (err)
            pass_note_err(p, err);
        is_for_others(p);
        pass_apply(p);
        return;
    case HAPROXY_REFUSED:
        p->counters.reload_failures++;
        take_refusal(p, err);
        pass_serve_last_good(p);
        return;
    case HAPROXY_BROKEN:
        pass_note_err(p, err);
        pass_apply(p);
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
    if (p->rendering->routes)
        reloaded_report(&p->model, &p->loaded, p->rendering->routes, &p->runs);
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
void pass_serve_last_good(struct pass *p)
{
    problems_add(p->problems, "HAProxy configuration", "%s; the last good one stays", p->gate.why);
    pass_note_next(p, p->gate.refused_until);
    if (targets_any_runs(&p->targets)) {
        pass_apply(p);
    } else if (!p->settings->manage || !files_exist(&p->files) || haproxy_master(p->haproxy)) {
        pass_complain(p, "%s", p->gate.why);
        pass_finish(p);
    } else if (p->has_tried || !is_closed(p)) {
        gate_close(&p->gate, ev_now(p->loop), 0., 0);
        p->has_tried = true;
        haproxy_start(p->haproxy, on_last_good, p);
    } else {
        pass_finish(p);
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
        pass_look(p, TARGET_ALL, pass_decide);
    } else {
        pass_note_err(p, err);
        pass_finish(p);
    }
}
