#include "lb-template/pass.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lb-template/cfg.h"
#include "lb-template/gate.h"
#include "lb-template/haproxy.h"
#include "lb-template/leavers.h"
#include "lb-template/plan.h"
#include "lb-template/port.h"
#include "lb-template/rtconn.h"
#include "lb-template/wanted.h"
#include "lib/clean.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/xmalloc.h"

#define AREA "lb"
#define SOCKET_TIMEOUT 10.0    /* seconds without a byte from HAProxy */
#define MUTE_MAX 5.0           /* seconds that a living HAProxy may be silent, as in a start */
#define REFUSED_RETRY 60.0     /* seconds to the next try where there is no resync */
#define ODD_PASSES_MAX 3       /* passes with refused commands until a reload has to help */
#define HAPROXY_USER "haproxy" /* that distributions make for it; its group has the same name */
#define DIR_LEN_MAX 80         /* the sockets' paths must fit a socket address */
#define FILE_MODE 0644

struct pass {
    struct ev_loop *loop;
    struct haproxy *haproxy;
    char *dir, *bind;
    struct render_config render;
    struct route_rules rules;
    double refused_retry;
    bool manage;
    struct lb_counters counters;

    /* from pass to pass */
    struct lingering linger;
    struct leavers leavers;
    struct gate gate;
    char *cfg_text, *map_text; /* of the files; NULL: not read, or not there */
    struct haproxy_cfg loaded; /* 'cfg_text' parsed: what the worker 'files_of' runs */
    pid_t files_of;
    uint64_t refused;     /* structure that HAProxy refused */
    char *refused_why;    /* NULL: none */
    double refused_until; /* no new try before */
    double mute_since;    /* HAProxy lives but does not answer; 0: it does */
    unsigned odd_passes;

    /* this pass; the results stay until the next one */
    const struct instances *catalog;
    struct problems *problems;
    void (*on_done)(void *arg, struct err *err);
    void *arg;
    struct err *err;
    struct rtconn *conn;
    bool running;    /* a worker answers */
    bool has_tried;  /* to load; at most once a pass */
    bool has_wanted; /* 'wanted' is of this pass */
    struct runtime_info info;
    struct runtime_servers servers;
    bool has_map; /* the worker's configuration has the host map */
    struct kvs map;
    struct wanted wanted;
    struct plan plan;
    double next;
};

static int check_config(const struct lb_config *c, struct err **err);
static bool is_plain_path(const char *path);
static void set_render(struct pass *p, const struct lb_config *c);
static void talk(struct pass *p, const struct strv *commands,
                 void (*on_done)(void *arg, const struct strv *answers, const struct err *err));
static void observe(struct pass *p);
static void on_observed(void *arg, const struct strv *answers, const struct err *err);
static int parse_observed(struct pass *p, const struct strv *answers, struct err **err);
static void read_files(struct pass *p);
static void make_wanted(struct pass *p);
static int probe(void *arg, unsigned port, struct err **err);
static void decide(struct pass *p);
static bool needs_load(const struct pass *p);
static bool is_refused(const struct pass *p);
static bool must_wait(struct pass *p);
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
static void write_files(struct pass *p);
static void on_applied(void *arg, const struct strv *answers, const struct err *err);
static void check_answers(struct pass *p, const struct strv *answers);
static void take_servers(struct pass *p, const char *answer);
static void leave(struct pass *p);
static void on_used(void *arg, const struct strv *answers, const struct err *err);
static void on_removed(void *arg, const struct strv *answers, const struct err *err);
static void note_next(struct pass *p, double when);
static void note_err(struct pass *p, const struct err *err);
static void finish(struct pass *p);

struct pass *pass_new(struct ev_loop *loop, const struct lb_config *config, struct err **err)
{
    if (check_config(config, err) || file_make_dirs(config->dir, 0755, err))
        return NULL;
    struct pass *p = xcalloc(1, sizeof *p);
    p->loop = loop;
    p->manage = config->manage;
    p->haproxy = haproxy_new(loop, config->haproxy, config->dir, config->manage);
    p->refused_retry = config->resync > 0. ? config->resync : REFUSED_RETRY;
    p->rules = (struct route_rules){
        .http_port = config->http_port,
        .stats_port = config->stats_port,
        .pool_first = config->pool_first,
        .pool_last = config->pool_last,
    };
    set_render(p, config);
    return p;
}

void pass_free(struct pass *p)
{
    if (!p)
        return;
    rtconn_cancel(p->conn);
    haproxy_free(p->haproxy);
    lingering_done(&p->linger);
    leavers_done(&p->leavers);
    haproxy_cfg_done(&p->loaded);
    runtime_servers_done(&p->servers);
    kvs_done(&p->map);
    wanted_done(&p->wanted);
    plan_done(&p->plan);
    err_free(p->err);
    free(p->refused_why);
    free(p->cfg_text);
    free(p->map_text);
    free(p->dir);
    free(p->bind);
    free(p);
}

void pass_run(struct pass *p, const struct instances *catalog, struct problems *problems,
              void (*on_done)(void *arg, struct err *err), void *arg)
{
    p->catalog = catalog;
    p->problems = problems;
    p->on_done = on_done;
    p->arg = arg;
    p->has_tried = p->has_wanted = false;
    p->next = 0.;
    observe(p);
}

double pass_next(const struct pass *p)
{
    return p->next;
}

pid_t pass_worker(const struct pass *p)
{
    return p->running ? p->info.pid : 0;
}

const struct routes *pass_routes(const struct pass *p)
{
    return &p->wanted.routes;
}

const struct runtime_servers *pass_servers(const struct pass *p)
{
    return &p->servers;
}

const char *pass_stats_path(const struct pass *p)
{
    return haproxy_stats_path(p->haproxy);
}

void pass_set_servers(struct pass *p, struct runtime_servers *servers)
{
    runtime_servers_done(&p->servers);
    p->servers = *servers;
    *servers = (struct runtime_servers){0};
}

const struct lb_counters *pass_counters(const struct pass *p)
{
    return &p->counters;
}

static int check_config(const struct lb_config *c, struct err **err)
{
    struct ipaddr address;

    if (c->dir[0] != '/' || strlen(c->dir) > DIR_LEN_MAX || !is_plain_path(c->dir))
        return err_set(err,
                       "[lb] dir must be an absolute path of at most %d bytes, of letters, digits "
                       "and any of \"/._-\", not \"%s\"",
                       DIR_LEN_MAX, c->dir);
    if (c->http_port && c->http_port == c->stats_port)
        return err_set(err, "[lb] http_port and stats_port are both %u", c->http_port);
    if (strcmp(c->bind, "*") && ipaddr_parse(c->bind, &address))
        return err_set(err, "[lb] bind must be * or an IP address, not \"%s\"", c->bind);
    return 0;
}

/* Stands in haproxy.cfg and in commands without quoting. */
static bool is_plain_path(const char *path)
{
    return path[strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             "/._-")] == '\0';
}

/* HAProxy inherits our hard limit of file descriptors and raises its own to it. */
static void set_render(struct pass *p, const struct lb_config *c)
{
    struct rlimit nofile = {0};
    bool drop = !geteuid() && getpwnam(HAPROXY_USER);

    getrlimit(RLIMIT_NOFILE, &nofile);
    p->dir = xstrdup(c->dir);
    p->bind = xstrdup(c->bind);
    p->render = (struct render_config){
        .dir = p->dir,
        .bind = p->bind,
        .http_port = c->http_port,
        .stats_port = c->stats_port,
        .maxconn = render_maxconn(nofile.rlim_max),
        .user = drop ? HAPROXY_USER : NULL,
        .group = drop ? HAPROXY_USER : NULL,
    };
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

    strv_add(&commands, "show info");
    strv_add(&commands, "show servers state");
    strv_add_take(&commands, xasprintf("show map %s", haproxy_map_path(p->haproxy)));
    talk(p, &commands, on_observed);
    strv_done(&commands);
}

static void on_observed(void *arg, const struct strv *answers, const struct err *err)
{
    struct pass *p = arg;

    p->conn = NULL;
    p->running = false;
    if (!err && parse_observed(p, answers, &p->err)) {
        finish(p);
        return;
    }
    if (err && err_code(err) != ENOENT && err_code(err) != ECONNREFUSED) {
        note_err(p, err);
        finish(p);
        return;
    }
    p->running = !err;
    if (err)
        runtime_servers_done(&p->servers);
    if (!p->cfg_text || !p->running || p->files_of != p->info.pid)
        read_files(p);
    if (!p->has_wanted)
        make_wanted(p);
    decide(p);
}

/* A map that HAProxy does not know is one of a configuration without an HTTP frontend. */
static int parse_observed(struct pass *p, const struct strv *answers, struct err **err)
{
    struct runtime_servers servers = {0};

    if (runtime_parse_info(answers->v[0], &p->info, err) ||
        runtime_parse_servers(answers->v[1], &servers, err))
        return -1;
    pass_set_servers(p, &servers);
    kvs_done(&p->map);
    p->has_map = !strstr(answers->v[2], "Unknown map identifier");
    if (p->has_map && runtime_parse_map(answers->v[2], &p->map, err))
        return -1;
    if (p->info.stopping)
        return err_set(err, "an old worker of HAProxy answers, pid %d", (int)p->info.pid);
    return 0;
}

static void read_files(struct pass *p)
{
    free(p->cfg_text);
    free(p->map_text);
    haproxy_cfg_done(&p->loaded);
    p->cfg_text = file_read(haproxy_cfg_path(p->haproxy), HAPROXY_CFG_MAX, NULL, NULL);
    p->map_text = file_read(haproxy_map_path(p->haproxy), HAPROXY_CFG_MAX, NULL, NULL);
    p->files_of = p->running ? p->info.pid : 0;
    haproxy_cfg_parse(p->cfg_text ? p->cfg_text : "", &p->loaded);
}

static void make_wanted(struct pass *p)
{
    struct wanted_input in = {
        .catalog = p->catalog,
        .render = &p->render,
        .rules = &p->rules,
        .now = ev_now(p->loop),
        .probe = probe,
        .arg = p,
    };

    wanted_done(&p->wanted);
    wanted_make(&in, &p->linger, &p->wanted, p->problems);
    p->has_wanted = true;
    note_next(p, p->wanted.next);
}

/* What the running HAProxy holds need not be asked for. */
static int probe(void *arg, unsigned port, struct err **err)
{
    const struct pass *p = arg;

    if (p->running && haproxy_cfg_opens(&p->loaded, (uint16_t)port))
        return 0;
    return port_probe(port == p->render.stats_port ? "127.0.0.1" : p->bind, port, err);
}

static void decide(struct pass *p)
{
    if (p->running)
        p->mute_since = 0.;
    if (p->has_tried || !needs_load(p))
        apply(p);
    else if (is_refused(p))
        serve_last_good(p);
    else if (must_wait(p))
        apply(p);
    else
        load(p);
}

/* The worker itself says which structure it runs; the file says which servers it began with. */
static bool needs_load(const struct pass *p)
{
    uint64_t structure = p->wanted.cfg.structure;

    return !p->running || !p->info.has_mark || p->info.structure != structure ||
           p->loaded.structure != structure || p->odd_passes >= ODD_PASSES_MAX ||
           haproxy_cfg_options_differ(&p->loaded, &p->wanted.cfg);
}

static bool is_refused(const struct pass *p)
{
    return p->refused_why && p->refused == p->wanted.cfg.structure &&
           ev_now(p->loop) < p->refused_until;
}

static bool must_wait(struct pass *p)
{
    if (!gate_is_open(&p->gate, ev_now(p->loop))) {
        note_next(p, p->gate.open_at);
        return true;
    }
    return !p->running && (is_mute(p) || is_for_others(p));
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
    if (p->manage || !p->cfg_text || !p->map_text || strcmp(p->cfg_text, p->wanted.cfg_text) ||
        strcmp(p->map_text, p->wanted.map_text))
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
                                 .cfg = p->wanted.cfg_text,
                                 .map = p->wanted.map_text,
                                 .worker = p->running ? p->info.pid : 0,
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
                 result->old_workers, p->wanted.routes.n);
    } else {
        log_info(AREA, "HAProxy started backends=%zu", p->wanted.routes.n);
    }
    gate_passed(&p->gate, ev_now(p->loop), seconds, result ? result->old_workers : 0);
    free(p->refused_why);
    p->refused_why = NULL;
    p->files_of = 0; /* read them again */
}

static void take_refusal(struct pass *p, const struct err *err)
{
    p->counters.reload_failures++;
    free(p->refused_why);
    p->refused_why = xstrdup(err_msg(err));
    p->refused = p->wanted.cfg.structure;
    p->refused_until = ev_now(p->loop) + p->refused_retry;
    gate_passed(&p->gate, ev_now(p->loop), 0., 0);
}

/* What can be done at run time is done; a HAProxy that has died comes back with the old files. */
static void serve_last_good(struct pass *p)
{
    problems_add(p->problems, "HAProxy configuration", "%s; the last good one stays",
                 p->refused_why);
    note_next(p, p->refused_until);
    if (p->running) {
        apply(p);
    } else if (!p->manage || !p->cfg_text || haproxy_master(p->haproxy)) {
        err_set(&p->err, "%s", p->refused_why);
        finish(p);
    } else {
        p->has_tried = true;
        haproxy_start(p->haproxy, on_last_good, p);
    }
}

static void on_last_good(void *arg, enum haproxy_verdict verdict,
                         const struct reload_result *result, const struct err *err)
{
    struct pass *p = arg;

    (void)result;
    if (verdict == HAPROXY_LOADED) {
        log_info(AREA, "HAProxy started with the last good configuration");
        p->files_of = 0;
        observe(p);
    } else {
        note_err(p, err);
        finish(p);
    }
}

/* Without knowing what the worker runs, nothing is changed: a reload is due. */
static void apply(struct pass *p)
{
    static const struct kvs none;
    struct strv commands = {0};

    plan_done(&p->plan);
    if (!p->running || !p->info.has_mark || p->info.structure != p->loaded.structure) {
        finish(p);
        return;
    }
    write_files(p);
    plan_make(
        &(struct plan_input){
            .wanted = &p->wanted.cfg,
            .loaded = &p->loaded,
            .servers = &p->servers,
            .wanted_map = p->has_map ? &p->wanted.map : &none,
            .map = &p->map,
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

/* Before the commands, so that a reload by somebody else finds what is being made. While another
 * structure waits for its reload, the files stay those of the worker. */
static void write_files(struct pass *p)
{
    struct wanted *w = &p->wanted;
    CLEAN(err) struct err *err = NULL;

    if (w->cfg.structure != p->loaded.structure)
        return;
    if (!p->map_text || strcmp(p->map_text, w->map_text)) {
        if (file_replace(haproxy_map_path(p->haproxy), w->map_text, strlen(w->map_text), FILE_MODE,
                         &err))
            goto failed;
        free(p->map_text);
        p->map_text = xstrdup(w->map_text);
    }
    if (!strcmp(p->cfg_text, w->cfg_text))
        return;
    if (file_replace(haproxy_cfg_path(p->haproxy), w->cfg_text, strlen(w->cfg_text), FILE_MODE,
                     &err))
        goto failed;
    free(p->cfg_text);
    p->cfg_text = xstrdup(w->cfg_text);
    haproxy_cfg_done(&p->loaded);
    haproxy_cfg_parse(p->cfg_text, &p->loaded);
    return;
failed:
    note_err(p, err);
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
    take_servers(p, answers->v[answers->n - 1]);
    leave(p);
}

/* One refused command is no end: the next pass sees what is there and tries again. */
static void check_answers(struct pass *p, const struct strv *answers)
{
    bool odd = false;

    for (size_t i = 0; i < p->plan.n; i++) {
        const struct plan_op *op = &p->plan.v[i];

        p->counters.runtime_commands++;
        if (runtime_answer_ok(op->command, answers->v[i])) {
            log_debug(AREA, "%s", op->text);
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

static void take_servers(struct pass *p, const char *answer)
{
    struct runtime_servers servers = {0};
    CLEAN(err) struct err *err = NULL;

    if (runtime_parse_servers(answer, &servers, &err))
        note_err(p, err);
    else
        pass_set_servers(p, &servers);
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
        take_servers(p, answers->v[answers->n - 1]);
        leavers_settle(&p->leavers, &p->servers);
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
