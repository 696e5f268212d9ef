#include "agent/command.h"

#include <errno.h>
#include <ev.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/ct_exec.h"
#include "agent/ct_flags.h"
#include "agent/render_runner.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/log_syslog.h"
#include "lib/xmalloc.h"

#define AREA "consul-template"

/* consul-template's. */
enum { EXIT_INTERRUPT = 12, EXIT_FLAGS = 13, EXIT_RUNNER = 14, EXIT_CONFIG = 15 };

static const int forwarded[] = {SIGHUP,  SIGINT,  SIGTERM,  SIGQUIT, SIGUSR1,
                                SIGUSR2, SIGALRM, SIGWINCH, SIGCONT};

struct program {
    struct ct_flags flags;
    struct ct_config config;
    struct strv variables; /* for Consul's client, as they are set */
    struct ev_loop *loop;
    struct render_source source;
    struct render_runner *runner;
    struct ct_exec_mode *exec; /* NULL: there is no child */
    struct log_syslog *syslog; /* NULL: standard error alone */
    ev_signal signals[ARRAY_LEN(forwarded)];
    bool stopping;
    int status;
};

static int run_program(struct program *p);

static int say_usage(void)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    sbuf_adds(&text,
              "usage: berth consul-template [FLAG]...\n\n"
              "Renders templates as consul-template does, with its flags and its files.\n\n");
    ct_flags_usage(&text);
    fputs(sbuf_str(&text), stdout);
    return EXIT_SUCCESS;
}

int command_consul_template(int argc, char **argv)
{
    struct program p = {0};
    CLEAN(err) struct err *err = NULL;
    int read = ct_flags_parse(&p.flags, argc, argv, &err);

    if (read < 0) {
        fprintf(stderr, "berth: %s; see `berth consul-template --help`\n", err_msg(err));
        p.status = EXIT_FLAGS;
    } else if (read) {
        p.status = say_usage();
    } else if (p.flags.version) {
        puts("consul-template: berth " PACKAGE_VERSION);
    } else {
        p.status = run_program(&p);
    }
    ct_flags_done(&p.flags);
    return p.status;
}

/* Several lines: the place and what is there. */
static int complain(const struct err *err, int status)
{
    fprintf(stderr, "berth: %s\n", err_msg(err));
    return status;
}

static int read_config(const struct program *p, struct ct_config *ret, struct err **err)
{
    ct_config_init(ret);
    for (size_t i = 0; i < p->flags.configs.n; i++)
        if (ct_config_load(ret, p->flags.configs.v[i], err))
            return -1;
    return ct_config_take(ret, p->flags.config, err) || ct_config_finish(ret, err) ? -1 : 0;
}

static int set_log_level(const struct ct_config *c, struct err **err)
{
    static const struct {
        const char *name;
        enum log_level level;
    } rows[] = {{"trace", LOG_LEVEL_DEBUG}, {"debug", LOG_LEVEL_DEBUG}, {"info", LOG_LEVEL_INFO},
                {"warn", LOG_LEVEL_WARN},   {"err", LOG_LEVEL_ERR},     {"error", LOG_LEVEL_ERR}};
    const char *name = c->log_level && *c->log_level ? c->log_level : "warn";

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (!strcasecmp(rows[i].name, name)) {
            log_set_level(rows[i].level);
            return 0;
        }
    return err_set(err, "log level \"%s\" is none of trace, debug, info, warn and err", name);
}

static void say_what_is_not_there(const struct ct_config *c)
{
    for (size_t i = 0; i < c->idle.n; i++)
        log_warn(AREA, "%s has no effect in berth; doc/templates.md says what to do instead",
                 c->idle.v[i]);
}

static int open_syslog(struct program *p, struct err **err)
{
    const struct ct_syslog *s = &p->config.syslog;

    if (!s->enabled)
        return 0;
    p->syslog = log_syslog_new(LOG_SYSLOG_SOCKET, s->facility ? s->facility : "LOCAL0",
                               s->name ? s->name : AREA, err);
    log_set_syslog(p->syslog);
    return p->syslog ? 0 : -1;
}

static void close_syslog(struct program *p)
{
    log_set_syslog(NULL);
    log_syslog_free(p->syslog);
}

/* Templates of consul-template's own names for its token count, too. */
static void set_variables(struct program *p)
{
    const char *token = getenv("CONSUL_TOKEN"), *file = getenv("CONSUL_TOKEN_FILE");

    if (token)
        setenv("CONSUL_HTTP_TOKEN", token, 0);
    if (file)
        setenv("CONSUL_HTTP_TOKEN_FILE", file, 0);
    for (size_t i = 0; i < p->variables.n; i++) {
        const char *equals = strchr(p->variables.v[i], '=');
        CLEAN(free_str)
        char *name = xstrndup(p->variables.v[i], (size_t)(equals - p->variables.v[i]));

        setenv(name, equals + 1, 1);
    }
}

/* Parses the templates of 'c', whose targets are taken. */
static int make_jobs(struct ct_config *c, struct render_job **ret, struct err **err)
{
    struct render_job *jobs = xcalloc(c->n + 1, sizeof *jobs);
    size_t n = 0;

    while (n < c->n)
        if (render_job_init(&jobs[n], &c->templates[n], err))
            break;
        else
            n++;
    if (n == c->n) {
        *ret = jobs;
        return 0;
    }
    for (size_t i = 0; i <= n; i++)
        render_job_done(&jobs[i]);
    free(jobs);
    return -1;
}

static bool has_child(const struct ct_config *c)
{
    return c->exec.command.n && c->exec.enabled;
}

static void finish(struct program *p, int status)
{
    p->status = status;
    ev_break(p->loop, EVBREAK_ALL);
}

static void on_end(void *arg, int status, const struct err *err)
{
    struct program *p = arg;

    if (err)
        log_err(AREA, "%s", err_msg(err));
    finish(p, p->stopping ? p->status : err ? EXIT_RUNNER : status);
}

/* Ends with 'status', after the child. */
static void stop(struct program *p, int status)
{
    if (p->stopping || !p->exec) {
        finish(p, p->stopping ? p->status : status);
        return;
    }
    p->stopping = true;
    p->status = status;
    ct_exec_mode_stop(p->exec);
}

static int write_job(void *arg, struct render_job *j, struct err **err)
{
    const struct program *p = arg;

    if (!p->flags.dry) {
        int status = render_job_write(j, err);

        if (!status && j->changed)
            log_info(AREA, "rendered %s => %s", render_job_name(j), j->target.destination);
        return status;
    }
    printf("> %s\n", j->target.destination);
    fwrite(sbuf_str(&j->result.text), 1, j->result.text.len, stdout);
    fflush(stdout);
    return 0;
}

static void on_rendered(void *arg, bool changed)
{
    struct program *p = arg;

    if (p->stopping)
        return;
    if (p->exec && !p->flags.dry)
        ct_exec_mode_rendered(p->exec, changed);
    else if (p->flags.once)
        finish(p, p->status);
}

static void on_failure(void *arg, const struct render_job *j, const struct err *err)
{
    struct program *p = arg;

    log_err(AREA, "%s", err_msg(err));
    if (!j || j->target.error_fatal || p->flags.once)
        stop(p, EXIT_RUNNER);
}

/* err_on_failed_lookup. */
static void on_given_up(void *arg, const struct render_job *j)
{
    const struct tmpl_deps *deps = &j->result.deps;

    for (size_t i = 0; i < deps->n; i++)
        if (deps->v[i].missing)
            log_err(AREA, "%s: there is no %s \"%s\", and err_on_failed_lookup is set",
                    render_job_name(j), tmpl_dep_name(deps->v[i].kind), deps->v[i].text);
    stop(arg, EXIT_RUNNER);
}

static void say(void *arg, const char *text)
{
    (void)arg;
    log_warn(AREA, "%s", text);
}

static int set_consul(struct program *p, struct err **err)
{
    const struct ct_config *c = &p->config;
    struct render_watch_options options = {.max_stale = c->max_stale};

    ct_consul_manner(&c->consul, &options.manner);
    options.manner.wait = c->block_query_wait;
    return render_runner_set_consul(p->runner, NULL, &options, err);
}

/* What cannot be read leaves everything as it is; what is watched goes on being watched. */
static int reload(struct program *p, struct err **err)
{
    struct ct_config config;
    struct render_job *jobs = NULL;
    struct strv variables = {0};
    size_t n = 0;
    int status = read_config(p, &config, err);

    if (!status) {
        n = config.n;
        status = make_jobs(&config, &jobs, err);
    }
    if (status) {
        ct_config_done(&config);
        return -1;
    }
    ct_consul_environment(&config.consul, &variables);
    bool moved = !strv_equal(&variables, &p->variables);
    strv_done(&p->variables);
    p->variables = variables;
    set_variables(p);
    ct_config_done(&p->config);
    p->config = config;
    render_runner_set_jobs(p->runner, jobs, n);
    return moved ? set_consul(p, err) : 0;
}

static void on_signal(struct ev_loop *loop, ev_signal *w, int events)
{
    struct program *p = w->data;
    int number = w->signum;
    bool ends = number == SIGINT || number == SIGTERM || number == SIGQUIT;

    (void)loop;
    (void)events;
    if (number == p->config.reload_signal) {
        CLEAN(err) struct err *err = NULL;

        log_info(AREA, "reading configuration and templates again");
        if (reload(p, &err))
            log_err(AREA, "what was read before stays: %s", err_msg(err));
    } else if (ends || number == p->config.kill_signal) {
        stop(p, EXIT_INTERRUPT);
    } else if (p->exec) {
        ct_exec_mode_signal(p->exec, number);
    }
}

static void watch_signals(struct program *p)
{
    signal(SIGPIPE, SIG_IGN); /* a connection that Consul closes */
    for (size_t i = 0; i < ARRAY_LEN(forwarded); i++) {
        ev_signal_init(&p->signals[i], on_signal, forwarded[i]);
        p->signals[i].data = p;
        ev_signal_start(p->loop, &p->signals[i]);
    }
}

static int write_pid(const struct ct_config *c, struct err **err)
{
    CLEAN(free_str) char *text = xasprintf("%ld\n", (long)getpid());

    return c->pid_file && *c->pid_file ? file_replace(c->pid_file, text, strlen(text), 0644, err)
                                       : 0;
}

static void serve_templates(struct program *p, struct render_job *jobs)
{
    const struct render_runner_options options = {.once = p->flags.once,
                                                  .no_waits = p->config.err_on_failed_lookup};
    const struct render_runner_user user = {write_job,   on_rendered, on_failure,
                                            on_given_up, say,         p};
    CLEAN(err) struct err *err = NULL;

    p->loop = ev_default_loop(EVFLAG_AUTO);
    watch_signals(p);
    p->runner = render_runner_new(p->loop, &p->source, &options, &user);
    render_runner_set_jobs(p->runner, jobs, p->config.n);
    if (has_child(&p->config))
        p->exec = ct_exec_mode_new(p->loop, &p->config.exec, on_end, p);
    if (set_consul(p, &err)) {
        p->status = complain(err, EXIT_CONFIG);
    } else {
        ev_run(p->loop, 0);
    }
    ct_exec_mode_free(p->exec);
    render_runner_free(p->runner);
    ev_loop_destroy(p->loop);
}

/* With a configuration that is read. */
static int run_configured(struct program *p)
{
    CLEAN(err) struct err *err = NULL;
    struct render_job *jobs;

    say_what_is_not_there(&p->config);
    ct_consul_environment(&p->config.consul, &p->variables);
    set_variables(p);
    p->flags.once |= p->config.once;
    if (make_jobs(&p->config, &jobs, &err) ||
        (!p->flags.parse_only && write_pid(&p->config, &err))) {
        return complain(err, EXIT_RUNNER);
    }
    if (p->flags.parse_only) {
        for (size_t i = 0; i < p->config.n; i++)
            render_job_done(&jobs[i]);
        free(jobs);
        return EXIT_SUCCESS;
    }
    serve_templates(p, jobs);
    if (p->config.pid_file && *p->config.pid_file)
        unlink(p->config.pid_file);
    return p->status;
}

static int run_program(struct program *p)
{
    CLEAN(err) struct err *err = NULL;
    int status;

    if (read_config(p, &p->config, &err) || set_log_level(&p->config, &err) || open_syslog(p, &err))
        status = complain(err, EXIT_CONFIG);
    else
        status = run_configured(p);
    close_syslog(p);
    ct_config_done(&p->config);
    strv_done(&p->variables);
    return status;
}
