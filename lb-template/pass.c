#include "lb-template/pass.h"

#include <errno.h>
#include <string.h>

#include "lb-template/actual.h"
#include "lb-template/files.h"
#include "lb-template/gate.h"
#include "lb-template/haproxy.h"
#include "lb-template/leavers.h"
#include "lb-template/plan.h"
#include "lb-template/port.h"
#include "lb-template/rtconn.h"
#include "lb-template/settings.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/xmalloc.h"

#define AREA "lb"
#define SOCKET_TIMEOUT 10.0 /* seconds without a byte from HAProxy */
#define MUTE_MAX 5.0        /* seconds that a living HAProxy may be silent, as in a start */
#define COMMAND_SHOWN 160   /* bytes of a command in the log: without a server's options */
#define ODD_PASSES_MAX 3    /* passes with refused commands until a reload has to help */

struct pass {
    struct ev_loop *loop;
    struct haproxy *haproxy;
    const struct settings *settings;
    struct renderer *renderer;
    struct lb_counters counters;

    /* from pass to pass */
    struct leavers leavers;
    struct gate gate;
    struct files files;
    double mute_since; /* HAProxy lives but does not answer; 0: it does */
    unsigned odd_passes;

    /* this pass; the results stay until the next one */
    struct problems *problems;
    void (*on_done)(void *arg, struct err *err);
    void *arg;
    struct err *err;
    struct rtconn *conn;
    bool has_tried;  /* to load; at most once a pass */
    bool has_wanted; /* 'wanted' is of this pass */
    struct actual actual;
    const struct rendering *rendering; /* what there should be; NULL: nothing is known yet */
    char *cfg_text, *map_text;
    struct haproxy_cfg cfg; /* 'cfg_text' parsed */
    struct plan plan;
    double next;
};

static void talk(struct pass *p, const struct strv *commands,
                 void (*on_done)(void *arg, const struct strv *answers, const struct err *err));
static void observe(struct pass *p);
static void on_observed(void *arg, const struct strv *answers, const struct err *err);
static void read_files(struct pass *p);
static void make_wanted(struct pass *p);
static void compose(struct pass *p);
static int probe(void *arg, unsigned port, struct err **err);
static void decide(struct pass *p);
static bool needs_load(const struct pass *p);
static bool must_wait(struct pass *p);
static bool is_closed(struct pass *p);
static bool is_mute(struct pass *p);
static bool is_for_others(struct pass *p);
static void load(struct pass *p);
static void on_loaded(void *arg, enum haproxy_verdict verdict, const struct reload_result *result,
                      const struct err *err);
static void take_loaded(struct pass *p, const struct reload_result *result);
static void take_refusal(struct pass *p, const struct err *err);
static void serve_last_good(struct pass *p);
static void on_last_good(void *arg, enum haproxy_verdict verdict,
                         const struct reload_result *result, const struct err *err);
static void apply(struct pass *p);
static void on_applied(void *arg, const struct strv *answers, const struct err *err);
static void check_answers(struct pass *p, const struct strv *answers);
static void read_servers(struct pass *p, const char *answer);
static void leave(struct pass *p);
static void on_used(void *arg, const struct strv *answers, const struct err *err);
static void on_removed(void *arg, const struct strv *answers, const struct err *err);
static void note_next(struct pass *p, double when);
static void note_err(struct pass *p, const struct err *err);
static void finish(struct pass *p);

struct pass *pass_new(struct ev_loop *loop, const struct settings *settings,
                      struct renderer *renderer, struct err **err)
{
    if (file_make_dirs(settings->dir, 0755, err))
        return NULL;
    struct pass *p = xcalloc(1, sizeof *p);
    p->loop = loop;
    p->settings = settings;
    p->renderer = renderer;
    p->haproxy = haproxy_new(loop, settings->haproxy, settings->dir, settings->manage);
    return p;
}

void pass_free(struct pass *p)
{
    if (!p)
        return;
    rtconn_cancel(p->conn);
    haproxy_free(p->haproxy);
    leavers_done(&p->leavers);
    gate_done(&p->gate);
    files_done(&p->files);
    actual_clear(&p->actual);
    haproxy_cfg_done(&p->cfg);
    free(p->cfg_text);
    free(p->map_text);
    plan_done(&p->plan);
    err_free(p->err);
    free(p);
}

void pass_run(struct pass *p, struct problems *problems,
              void (*on_done)(void *arg, struct err *err), void *arg)
{
    p->problems = problems;
    p->on_done = on_done;
    p->arg = arg;
    p->has_tried = p->has_wanted = false;
    p->next = 0.;
    observe(p);
}

bool pass_has_looked(const struct pass *p)
{
    return p->rendering;
}

double pass_next(const struct pass *p)
{
    return p->next;
}

pid_t pass_worker(const struct pass *p)
{
    return p->actual.running ? p->actual.info.pid : 0;
}

const struct routes *pass_routes(const struct pass *p)
{
    return p->rendering ? p->rendering->routes : NULL;
}

const struct runtime_servers *pass_servers(const struct pass *p)
{
    return &p->actual.servers;
}

const char *pass_stats_path(const struct pass *p)
{
    return haproxy_stats_path(p->haproxy);
}

void pass_read_servers(struct pass *p, const char *answer)
{
    if (p->actual.running)
        actual_read_servers(&p->actual, answer, NULL);
}

const struct lb_counters *pass_counters(const struct pass *p)
{
    return &p->counters;
}

static void talk(struct pass *p, const struct strv *commands,
                 void (*on_done)(void *arg, const struct strv *answers, const struct err *err))
{
    p->conn = rtconn_start(p->loop, &(struct rtconn_call){
                                        .path = haproxy_stats_path(p->haproxy),
                                        .commands = commands,
                                        .timeout = SOCKET_TIMEOUT,
                                        .on_done = on_done,
                                        .arg = p,
                                    });
}

static void observe(struct pass *p)
{
    struct strv commands = {0};

    actual_ask(haproxy_map_path(p->haproxy), &commands);
    talk(p, &commands, on_observed);
    strv_done(&commands);
}

/* Only where nobody listens HAProxy does not run; whatever else fails says nothing about it. */
static void on_observed(void *arg, const struct strv *answers, const struct err *err)
{
    struct pass *p = arg;

    p->conn = NULL;
    if (err && (err_code(err) == ENOENT || err_code(err) == ECONNREFUSED)) {
        actual_clear(&p->actual);
    } else if (err) {
        note_err(p, err);
        finish(p);
        return;
    } else if (actual_read(&p->actual, answers, &p->err)) {
        finish(p);
        return;
    }
    if (!p->actual.running || p->files.of != p->actual.info.pid)
        read_files(p);
    if (!p->has_wanted)
        make_wanted(p);
    if (p->rendering)
        decide(p);
    else
        finish(p);
}

static void read_files(struct pass *p)
{
    files_read(&p->files, haproxy_cfg_path(p->haproxy), haproxy_map_path(p->haproxy),
               pass_worker(p));
}

static void make_wanted(struct pass *p)
{
    static const struct strv nobody;
    CLEAN(err) struct err *err = NULL;
    struct renderer_input in = {
        .without = &nobody,
        .now = ev_now(p->loop),
        .probe = probe,
        .arg = p,
        .problems = p->problems,
    };
    const struct rendering *r = p->renderer->render(p->renderer, &in, &err);

    if (err)
        note_err(p, err);
    if (!r)
        return;
    p->rendering = r;
    p->has_wanted = true;
    note_next(p, r->next);
    compose(p);
}

static void compose(struct pass *p)
{
    const struct rendering *r = p->rendering;
    CLEAN(sbuf) struct sbuf cfg = SBUF_INIT;
    CLEAN(sbuf) struct sbuf map = SBUF_INIT;

    for (size_t i = 0; i < r->n; i++)
        sbuf_add(&cfg, r->v[i].text, r->v[i].len);
    for (size_t i = 0; r->n_maps && i < r->maps[0].pairs.n; i++)
        sbuf_addf(&map, "%s %s\n", r->maps[0].pairs.v[i].key, r->maps[0].pairs.v[i].value);
    haproxy_cfg_done(&p->cfg);
    haproxy_cfg_parse(sbuf_str(&cfg), &p->cfg);
    haproxy_cfg_add_mark(p->cfg.structure, &cfg);
    free(p->cfg_text);
    free(p->map_text);
    p->cfg_text = sbuf_take(&cfg);
    p->map_text = sbuf_take(&map);
}

/* What the running HAProxy holds need not be asked for. */
static int probe(void *arg, unsigned port, struct err **err)
{
    const struct pass *p = arg;

    if (p->actual.running && haproxy_cfg_opens(&p->files.parsed, (uint16_t)port))
        return 0;
    return port_probe(port == p->settings->render.stats_port ? "127.0.0.1" : p->settings->bind,
                      port, err);
}

static void decide(struct pass *p)
{
    if (p->actual.running)
        p->mute_since = 0.;
    if (p->has_tried || !needs_load(p))
        apply(p);
    else if (gate_refuses(&p->gate, ev_now(p->loop), p->cfg.structure))
        serve_last_good(p);
    else if (must_wait(p))
        apply(p);
    else
        load(p);
}

/* The worker itself says which structure it runs; the file says which servers it began with. */
static bool needs_load(const struct pass *p)
{
    uint64_t structure = p->cfg.structure;

    return !p->actual.running || !p->actual.info.has_mark ||
           p->actual.info.structure != structure || p->files.parsed.structure != structure ||
           p->odd_passes >= ODD_PASSES_MAX || haproxy_cfg_options_differ(&p->files.parsed, &p->cfg);
}

static bool must_wait(struct pass *p)
{
    if (is_closed(p))
        return true;
    return !p->actual.running && (is_mute(p) || is_for_others(p));
}

/* Too early after the last load. A HAProxy that keeps dying is not started without a pause. */
static bool is_closed(struct pass *p)
{
    if (gate_is_open(&p->gate, ev_now(p->loop)))
        return false;
    note_next(p, p->gate.open_at);
    if (!p->actual.running)
        err_set(&p->err, "HAProxy has ended: it is started again in a moment");
    return true;
}

/* It lives but does not answer: it is starting or ending, and must not be started beside. */
static bool is_mute(struct pass *p)
{
    pid_t master = haproxy_master(p->haproxy);
    double now = ev_now(p->loop);

    if (!master) {
        p->mute_since = 0.;
        return false;
    }
    p->mute_since = p->mute_since > 0. ? p->mute_since : now;
    if (now - p->mute_since >= MUTE_MAX)
        return false; /* its master is asked to reload */
    err_set(&p->err, "HAProxy lives, pid %d, but does not answer at %s", (int)master,
            haproxy_stats_path(p->haproxy));
    return true;
}

/* Not ours to start: all that can be done is to have good files ready. */
static bool is_for_others(struct pass *p)
{
    if (p->settings->manage || !p->files.cfg || !p->files.map ||
        strcmp(p->files.cfg, p->cfg_text) || strcmp(p->files.map, p->map_text))
        return false;
    err_set(&p->err, "HAProxy does not answer at %s: start it with %s",
            haproxy_stats_path(p->haproxy), haproxy_cfg_path(p->haproxy));
    return true;
}

static void load(struct pass *p)
{
    p->has_tried = true;
    p->odd_passes = 0;
    haproxy_load(p->haproxy, &(struct haproxy_load){
                                 .cfg = p->cfg_text,
                                 .map = p->map_text,
                                 .worker = p->actual.running ? p->actual.info.pid : 0,
                                 .on_done = on_loaded,
                                 .arg = p,
                             });
}

static void on_loaded(void *arg, enum haproxy_verdict verdict, const struct reload_result *result,
                      const struct err *err)
{
    struct pass *p = arg;

    switch (verdict) {
    case HAPROXY_LOADED:
        take_loaded(p, result);
        observe(p);
        return;
    case HAPROXY_WRITTEN:
        read_files(p);
        is_for_others(p);
        finish(p);
        return;
    case HAPROXY_REFUSED:
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

    if (result) {
        p->counters.reloads++;
        log_info(AREA, "HAProxy reloaded seconds=%.3f old-workers=%u backends=%zu", seconds,
                 result->old_workers, p->cfg.n);
    } else {
        log_info(AREA, "HAProxy started backends=%zu", p->cfg.n);
    }
    gate_close(&p->gate, ev_now(p->loop), seconds, result ? result->old_workers : 0);
    gate_accepted(&p->gate);
    p->files.of = 0; /* read them again */
}

static void take_refusal(struct pass *p, const struct err *err)
{
    double now = ev_now(p->loop);

    p->counters.reload_failures++;
    gate_refused(&p->gate, now, p->cfg.structure, err_msg(err), now + p->settings->retry);
}

/* What can be done at run time is done; a HAProxy that has died comes back with the old files. */
static void serve_last_good(struct pass *p)
{
    problems_add(p->problems, "HAProxy configuration", "%s; the last good one stays", p->gate.why);
    note_next(p, p->gate.refused_until);
    if (p->actual.running) {
        apply(p);
    } else if (!p->settings->manage || !p->files.cfg || haproxy_master(p->haproxy)) {
        err_set(&p->err, "%s", p->gate.why);
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
        p->files.of = 0;
        observe(p);
    } else {
        note_err(p, err);
        finish(p);
    }
}

/* Without knowing what the worker runs, nothing is changed: a reload is due. The files come before
 * the commands, so that a reload by somebody else finds what is being made; while another structure
 * waits for its reload, they stay those of the worker. */
static void apply(struct pass *p)
{
    static const struct kvs none;
    struct strv commands = {0};
    CLEAN(err) struct err *err = NULL;

    plan_done(&p->plan);
    if (!p->actual.running || !p->actual.info.has_mark ||
        p->actual.info.structure != p->files.parsed.structure) {
        finish(p);
        return;
    }
    if (p->cfg.structure == p->files.parsed.structure &&
        files_write(&p->files, haproxy_cfg_path(p->haproxy), haproxy_map_path(p->haproxy),
                    p->cfg_text, p->map_text, &err))
        note_err(p, err);
    plan_make(
        &(struct plan_input){
            .wanted = &p->cfg,
            .loaded = &p->files.parsed,
            .servers = &p->actual.servers,
            .wanted_map =
                p->actual.has_map && p->rendering->n_maps ? &p->rendering->maps[0].pairs : &none,
            .map = &p->actual.map,
            .map_path = haproxy_map_path(p->haproxy),
        },
        &p->plan);
    if (!p->plan.n) {
        p->odd_passes = 0;
        leave(p);
        return;
    }
    for (size_t i = 0; i < p->plan.n; i++)
        strv_add(&commands, p->plan.v[i].text);
    strv_add(&commands, "show servers state");
    talk(p, &commands, on_applied);
    strv_done(&commands);
}

static void on_applied(void *arg, const struct strv *answers, const struct err *err)
{
    struct pass *p = arg;

    p->conn = NULL;
    if (err) {
        note_err(p, err);
        finish(p);
        return;
    }
    check_answers(p, answers);
    read_servers(p, answers->v[answers->n - 1]);
    leave(p);
}

/* Enabling belongs to adding: one line a fact. */
static void log_command(const struct plan_op *op)
{
    if (op->command == RUNTIME_ENABLE)
        log_debug(AREA, "at run time: %s", op->text);
    else
        log_info(AREA, "at run time: %.*s", COMMAND_SHOWN, op->text);
}

/* One refused command is no end: the next pass sees what is there and tries again. */
static void check_answers(struct pass *p, const struct strv *answers)
{
    bool odd = false;

    for (size_t i = 0; i < p->plan.n; i++) {
        const struct plan_op *op = &p->plan.v[i];

        p->counters.runtime_commands++;
        if (runtime_answer_ok(op->command, answers->v[i])) {
            log_command(op);
            continue;
        }
        p->counters.runtime_failures++;
        if (!odd && !p->err)
            err_set(&p->err, "HAProxy answered \"%.200s\" with \"%.200s\"", op->text,
                    answers->v[i]);
        odd = true;
    }
    p->odd_passes = odd ? p->odd_passes + 1 : 0;
}

static void read_servers(struct pass *p, const char *answer)
{
    CLEAN(err) struct err *err = NULL;

    if (actual_read_servers(&p->actual, answer, &err))
        note_err(p, err);
}

static void leave(struct pass *p)
{
    struct strv commands = {0};
    double now = ev_now(p->loop);

    leavers_update(&p->leavers, &p->plan, now);
    leavers_ask(&p->leavers, now, &commands);
    if (commands.n)
        talk(p, &commands, on_used);
    else
        finish(p);
    strv_done(&commands);
}

static void on_used(void *arg, const struct strv *answers, const struct err *err)
{
    struct pass *p = arg;
    struct strv commands = {0};

    p->conn = NULL;
    if (err)
        note_err(p, err);
    else
        leavers_judge(&p->leavers, ev_now(p->loop), answers, &commands);
    p->counters.runtime_commands += commands.n;
    if (commands.n) {
        strv_add(&commands, "show servers state");
        talk(p, &commands, on_removed);
    } else {
        finish(p);
    }
    strv_done(&commands);
}

/* What HAProxy did not delete is still there, so the next pass finds it again. */
static void on_removed(void *arg, const struct strv *answers, const struct err *err)
{
    struct pass *p = arg;

    p->conn = NULL;
    if (err) {
        note_err(p, err);
    } else {
        read_servers(p, answers->v[answers->n - 1]);
        leavers_settle(&p->leavers, &p->actual.servers);
    }
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

static void finish(struct pass *p)
{
    struct err *err = TAKE_PTR(p->err);

    note_next(p, leavers_next(&p->leavers));
    p->on_done(p->arg, err);
}
