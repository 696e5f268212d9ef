#include "agent/mlb_serve.h"

#include <ev.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/admin.h"
#include "agent/metric.h"
#include "agent/mlb_answers.h"
#include "agent/mlb_hosts.h"
#include "lb-template/lb.h"
#include "lb-template/mlb/mlb.h"
#include "lib/http.h"
#include "lib/marathon_client.h"
#include "lib/xmalloc.h"

#define AREA "marathon-lb"
#define MAXCONN_MAX 50000 /* marathon-lb's */
#define ONCE_MAX 60.      /* seconds to run once in */
#define HAPROXY_USER "haproxy"

struct serving {
    struct ev_loop *loop;
    const struct config *config;
    struct mlb_flags *flags;
    struct http *http;
    struct marathon *marathon;
    struct mlb_hosts *hosts;
    struct mlb *mlb;
    struct lb *lb;       /* NULL: --dry */
    struct admin *admin; /* NULL: it runs once */
    struct mlb_answers answers;
    struct problems marathon_problems;
    ev_signal signals[4];
    ev_timer patience;
    int status;
};

static void complete_options(struct serving *s);
static int open_all(struct serving *s, struct err **err);
static int open_marathon(struct serving *s, struct err **err);
static void say_tls(const struct http_tls *tls);
static int open_lb(struct serving *s, struct err **err);
static void watch(struct serving *s);
static void close_all(struct serving *s);
static void on_apps(void *arg, const char *id);
static void on_hosts(void *arg);
static void on_lb(void *arg);
static void step(struct serving *s);
static void print_once(struct serving *s);
static const struct marathon_apps *lend_apps(void *arg);
static bool resolve(void *arg, const char *host, struct ipaddr *ret);
static void take_signal(void *arg, int signum);
static void on_signal(struct ev_loop *loop, ev_signal *w, int events);
static void on_patience(struct ev_loop *loop, ev_timer *w, int events);
static void report(struct serving *s);
static char *metrics(void *arg);

int mlb_serve(struct mlb_flags *flags, const struct config *config)
{
    struct serving s = {.config = config, .flags = flags, .status = EXIT_SUCCESS};
    CLEAN(err) struct err *err = NULL;

    signal(SIGPIPE, SIG_IGN);
    log_set_level(flags->level);
    for (size_t i = 0; i < flags->idle.n; i++)
        log_info(AREA, "--%s changes nothing here", flags->idle.v[i]);
    s.loop = ev_default_loop(EVFLAG_AUTO);
    complete_options(&s);
    if (open_all(&s, &err)) {
        fprintf(stderr, "berth: %s\n", err_msg(err));
        s.status = EXIT_FAILURE;
    } else {
        watch(&s);
        marathon_start(s.marathon);
        ev_run(s.loop, 0);
    }
    close_all(&s);
    ev_loop_destroy(s.loop);
    return s.status;
}

static void complete_options(struct serving *s)
{
    struct mlb_options *o = &s->flags->options;
    struct rlimit nofile = {0};

    getrlimit(RLIMIT_NOFILE, &nofile);
    o->maxconn = MAXCONN_MAX;
    o->nofile = nofile.rlim_max;
    if (!geteuid() && getpwnam(HAPROXY_USER))
        o->user = o->group = HAPROXY_USER;
    if (*s->config->admin)
        o->answers = s->config->admin;
}

static int open_all(struct serving *s, struct err **err)
{
    const struct mlb_source source = {lend_apps, resolve, s};

    s->http = http_new(s->loop);
    s->mlb = mlb_new(&s->flags->options, &source);
    s->hosts = mlb_hosts_new(s->loop, on_hosts, s, err);
    if (!s->hosts || open_marathon(s, err))
        return -1;
    if (s->flags->dry)
        return 0;
    if (open_lb(s, err))
        return -1;
    s->answers = (struct mlb_answers){s->flags->dir, s->flags->file, take_signal, metrics, s};
    if (s->flags->sse && *s->config->admin) {
        s->admin = mlb_answers_new(s->loop, s->config->admin, &s->answers, err);
        return s->admin ? 0 : -1;
    }
    return 0;
}

static int open_marathon(struct serving *s, struct err **err)
{
    const struct mlb_flags *f = s->flags;
    CLEAN(free_str) char *urls = strv_join(&f->marathon, ",");
    CLEAN(free_str) char *ca_file = xstrdup(f->ca_file ? f->ca_file : s->config->marathon_ca_file);
    struct http_tls tls = {.ca_file = *ca_file ? ca_file : NULL,
                           .insecure = !s->config->marathon_tls_verify};
    const struct marathon_config config = {
        .access = {.urls = urls,
                   .user = f->user,
                   .user_file = f->user_file ? f->user_file : s->config->marathon_user_file,
                   .token_file = s->config->marathon_token_file,
                   .tls = &tls},
        .resync = s->config->marathon_resync,
        .silence = s->config->marathon_silence,
        .all = true,
    };

    if (strstr(urls, "https://"))
        say_tls(&tls);
    s->marathon = marathon_new(s->loop, s->http, &config,
                               &(struct marathon_user){.on_change = on_apps, .arg = s}, err);
    return s->marathon ? 0 : -1;
}

/* marathon-lb checks no certificate unless it is told who signed it. */
static void say_tls(const struct http_tls *tls)
{
    if (tls->insecure)
        log_warn(AREA, "Marathon's certificate is not checked: somebody between can say what is "
                       "served; leave marathon.tls_verify=no away and say --marathon-ca-cert FILE");
    else if (!tls->ca_file)
        log_info(AREA, "Marathon's certificate must be signed by one of the system's authorities; "
                       "for another one say --marathon-ca-cert FILE");
}

static int open_lb(struct serving *s, struct err **err)
{
    const struct lb_config config = {
        .haproxy = s->config->haproxy,
        .dir = s->flags->dir,
        .file = s->flags->file,
        .bind = "*",
        .manage = !s->flags->command,
        .reload = s->flags->command,
        .reload_timeout = s->flags->reload_wait,
        .resync = s->config->resync,
        .renderer = mlb_renderer(s->mlb),
    };

    s->lb = lb_new(s->loop, &config, on_lb, s, err);
    return s->lb ? 0 : -1;
}

static void watch(struct serving *s)
{
    static const int signums[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};

    for (size_t i = 0; i < ARRAY_LEN(signums); i++) {
        ev_signal_init(&s->signals[i], on_signal, signums[i]);
        s->signals[i].data = s;
        ev_signal_start(s->loop, &s->signals[i]);
    }
    ev_timer_init(&s->patience, on_patience, ONCE_MAX, 0.);
    s->patience.data = s;
    if (s->flags->dry || !s->flags->sse)
        ev_timer_start(s->loop, &s->patience);
}

static void close_all(struct serving *s)
{
    for (size_t i = 0; i < ARRAY_LEN(s->signals); i++)
        ev_signal_stop(s->loop, &s->signals[i]);
    ev_timer_stop(s->loop, &s->patience);
    admin_free(s->admin);
    lb_free(s->lb);
    marathon_free(s->marathon);
    mlb_hosts_free(s->hosts);
    mlb_free(s->mlb);
    if (s->http)
        http_free(s->http);
    problems_done(&s->marathon_problems);
}

static void on_apps(void *arg, const char *id)
{
    struct serving *s = arg;

    mlb_mark(s->mlb, id);
    step(s);
}

static void on_hosts(void *arg)
{
    struct serving *s = arg;

    mlb_mark(s->mlb, NULL);
    step(s);
}

/* Nothing is served before all apps are read and their hosts have had time to be found. */
static void step(struct serving *s)
{
    if (!marathon_is_complete(s->marathon))
        return;
    mlb_hosts_ask(s->hosts, marathon_apps(s->marathon));
    report(s);
    if (mlb_hosts_are_open(s->hosts))
        return;
    if (s->lb)
        lb_kick(s->lb);
    else
        print_once(s);
}

static void print_once(struct serving *s)
{
    static const struct strv nobody;
    struct renderer *base = mlb_renderer(s->mlb);
    struct problems problems = {0}, none = {0};
    const struct rendering *r = base->render(
        base, &(struct renderer_input){.without = &nobody, .problems = &problems}, NULL);

    if (!r)
        return;
    for (size_t i = 0; i < r->n; i++)
        fwrite(r->v[i].text, 1, r->v[i].len, stdout);
    problems_report(AREA, &none, &problems);
    problems_done(&none);
    if (fflush(stdout))
        s->status = EXIT_FAILURE;
    ev_break(s->loop, EVBREAK_ALL);
}

/* A run without --sse ends with its first pass, good or not. */
static void on_lb(void *arg)
{
    struct serving *s = arg;
    const struct sync *sync = lb_sync(s->lb);

    if (s->flags->sse || !sync->passes || !marathon_is_complete(s->marathon))
        return;
    if (sync->last_error)
        s->status = EXIT_FAILURE;
    ev_break(s->loop, EVBREAK_ALL);
}

static const struct marathon_apps *lend_apps(void *arg)
{
    const struct serving *s = arg;
    bool ready = marathon_is_complete(s->marathon) && !mlb_hosts_are_open(s->hosts);

    return ready ? marathon_apps(s->marathon) : NULL;
}

static bool resolve(void *arg, const char *host, struct ipaddr *ret)
{
    const struct serving *s = arg;

    return mlb_hosts_find(s->hosts, host, ret);
}

static void take_signal(void *arg, int signum)
{
    struct serving *s = arg;

    if (signum == SIGHUP) {
        log_info(AREA, "reading Marathon's apps again");
        marathon_refresh(s->marathon);
    } else if (s->lb) {
        log_info(AREA, "reloading HAProxy");
        mlb_reload(s->mlb);
        lb_kick(s->lb);
    }
}

static void on_signal(struct ev_loop *loop, ev_signal *w, int events)
{
    struct serving *s = w->data;

    (void)events;
    if (w->signum == SIGHUP || w->signum == SIGUSR1) {
        take_signal(s, w->signum);
        return;
    }
    log_info(AREA, "stopping signal=%d; HAProxy stays", w->signum);
    ev_break(loop, EVBREAK_ALL);
}

static void on_patience(struct ev_loop *loop, ev_timer *w, int events)
{
    struct serving *s = w->data;
    const char *why = marathon_sync(s->marathon)->last_error;

    (void)events;
    fprintf(stderr, "berth: nothing could be served in %.0f s: %s\n", ONCE_MAX,
            why ? why : "HAProxy was not brought in step");
    s->status = EXIT_FAILURE;
    ev_break(loop, EVBREAK_ALL);
}

static void report(struct serving *s)
{
    const struct problems *of_marathon = marathon_problems(s->marathon);
    struct problems now = {0};

    for (size_t i = 0; i < of_marathon->n; i++)
        problems_add(&now, of_marathon->v[i].subject, "%s", of_marathon->v[i].text);
    mlb_hosts_report(s->hosts, &now);
    problems_report(AREA, &s->marathon_problems, &now);
}

/* The same names as the agent's, for what both have. */
static char *metrics(void *arg)
{
    const struct serving *s = arg;
    const struct lb_counters *c = lb_counters(s->lb);
    const struct sync *syncs[] = {lb_sync(s->lb), marathon_sync(s->marathon)};
    struct sbuf out = SBUF_INIT;

    metric_add(&out, "berth_marathon_apps", "gauge", "Apps of Marathon that are known.",
               (double)marathon_apps(s->marathon)->n);
    metric_head(&out, "berth_passes_total", "counter", "Reconciliation passes that have ended.");
    for (size_t i = 0; i < ARRAY_LEN(syncs); i++)
        metric_of_room(&out, "berth_passes_total", syncs[i]->name, (double)syncs[i]->passes);
    metric_head(&out, "berth_pass_errors_total", "counter",
                "Reconciliation passes that have failed.");
    for (size_t i = 0; i < ARRAY_LEN(syncs); i++)
        metric_of_room(&out, "berth_pass_errors_total", syncs[i]->name, (double)syncs[i]->errors);
    metric_add(&out, "berth_lb_reloads_total", "counter", "Reloads of HAProxy.",
               (double)c->reloads);
    metric_add(&out, "berth_lb_runtime_commands_total", "counter",
               "Commands sent to HAProxy's runtime API.", (double)c->runtime_commands);
    metric_add(&out, "berth_problems", "gauge", "Problems that a person should mend.",
               (double)(lb_problems(s->lb)->n + s->marathon_problems.n));
    return sbuf_take(&out);
}
