#include "agent/command.h"

#include <ev.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "agent/render_job.h"
#include "agent/render_runner.h"
#include "lib/progress.h"
#include "lib/xmalloc.h"

#define EXIT_DIFFERS 3
#define WAIT_MAX 31536000. /* seconds */

#define TICK 1. /* seconds between two updates of the line on a terminal */

static const char help[] =
    "usage: berth render -t IN[:OUT[:COMMAND]]... [--once|--dry|--diff]\n"
    "           [--data FILE | --consul URL] [--wait SECONDS]\n"
    "\n"
    "Renders templates in consul-template's language. The text goes to the file OUT, or to "
    "standard\n"
    "output; where OUT has changed, COMMAND is run by `sh -c`, with 30 seconds to end. Goes on "
    "until\n"
    "it is told to stop, and renders again what has changed; SIGHUP has it read the templates "
    "again.\n"
    "\n"
    "  -t, --template IN[:OUT[:COMMAND]]  may be given several times\n"
    "      --once       render once and exit\n"
    "      --dry        once; write nothing, run nothing: print \"> OUT\" and the text\n"
    "      --diff       once; write nothing, run nothing: print what would change in OUT\n"
    "      --data FILE  once; services, keys, nodes and datacenters from a JSON document\n"
    "      --consul URL    the same from Consul; default: $CONSUL_HTTP_ADDR where it is set\n"
    "      --wait SECONDS  once: how long Consul's answers, and keys that are missing, are waited\n"
    "                      for; default: for ever\n"
    "\n"
    "Exit status: 0 done, 1 something failed or is missing, 2 wrong usage or a template that "
    "cannot\n"
    "be parsed, 3 --diff found a difference.\n";

#define FIRST_MODE 256 /* getopt's value for the first mode: no character */

enum mode { MODE_ONCE, MODE_DRY, MODE_DIFF, MODE_FOLLOW };

struct render {
    enum mode mode;
    const char *data, *consul;
    double wait;       /* seconds; 0: for ever */
    struct strv specs; /* of the templates */
    int status;
    struct ev_loop *loop;
    struct render_runner *runner;
    ev_signal hup, term, interrupt, quit;
    struct progress progress; /* where it ends by itself */
    ev_timer tick;            /* after which it is written again */
};

static int complain(struct err *err, int status)
{
    fprintf(stderr, "berth: %s\n", err_msg(err));
    err_free(err);
    return status;
}

/* Parses all templates. Returns 0, or -1 with an error that is not printed yet. */
static int make_jobs(const struct render *r, struct render_job **ret, struct err **err)
{
    struct render_job *jobs = xcalloc(r->specs.n, sizeof *jobs);
    size_t n = 0;
    int status = 0;

    for (; n < r->specs.n && !status; n++) {
        struct render_target target;

        render_target_init(&target);
        status = render_target_parse(&target, r->specs.v[n], err);
        if (!status)
            status = render_job_init(&jobs[n], &target, err);
        render_target_done(&target);
    }
    if (!status) {
        *ret = jobs;
        return 0;
    }
    for (size_t i = 0; i < n; i++)
        render_job_done(&jobs[i]);
    free(jobs);
    return -1;
}

static int read_wait(struct render *r, const char *text)
{
    char *end;

    r->wait = strtod(text, &end);
    if (end != text && !*end && r->wait > 0. && r->wait <= WAIT_MAX)
        return 0;
    fprintf(stderr, "berth: --wait %s: it must be a number of seconds, 0 < n <= %.0f\n", text,
            WAIT_MAX);
    return -1;
}

static int take_option(void *arg, int option, char *value)
{
    struct render *r = arg;
    switch (option) {
    case 't':
        strv_add(&r->specs, value);
        return 0;
    case 'd':
        r->data = value;
        return 0;
    case 'C':
        r->consul = value;
        return 0;
    case 'w':
        return read_wait(r, value);
    default:
        r->mode = (enum mode)(option - FIRST_MODE);
        return 0;
    }
}

static int check_usage(const struct render *r, const char *extra)
{
    if (!extra && r->specs.n && !(r->data && r->consul))
        return 0;
    if (extra)
        fprintf(stderr, "berth: unexpected argument '%s'", extra);
    else
        fputs(r->specs.n ? "berth: --data and --consul exclude each other"
                         : "berth: no template: -t IN[:OUT[:COMMAND]]",
              stderr);
    fputs("; see `berth render --help`\n", stderr);
    return -1;
}

/* Returns 0, -1 for a usage error, which is said, or 1 after --help. */
static int read_options(int argc, char **argv, struct render *r)
{
    static const struct option options[] = {{"template", required_argument, NULL, 't'},
                                            {"once", no_argument, NULL, FIRST_MODE + MODE_ONCE},
                                            {"dry", no_argument, NULL, FIRST_MODE + MODE_DRY},
                                            {"diff", no_argument, NULL, FIRST_MODE + MODE_DIFF},
                                            {"data", required_argument, NULL, 'd'},
                                            {"consul", required_argument, NULL, 'C'},
                                            {"wait", required_argument, NULL, 'w'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int result = command_read_options(argc, argv, ":t:h", options, help, take_option, r);

    return result ? result : check_usage(r, optind < argc ? argv[optind] : NULL);
}

static void on_given_up(void *arg, const struct render_job *j)
{
    const struct tmpl_deps *deps = &j->result.deps;
    struct render *r = arg;

    progress_clear(&r->progress);
    fprintf(stderr, "berth: %s: not rendered, this is missing:\n", render_job_name(j));
    for (size_t i = 0; i < deps->n; i++)
        if (deps->v[i].missing)
            fprintf(stderr, "    %s \"%s\"\n", tmpl_dep_name(deps->v[i].kind), deps->v[i].text);
    r->status = EXIT_FAILURE;
    if (r->mode == MODE_FOLLOW) /* it would never be rendered */
        ev_break(r->loop, EVBREAK_ALL);
}

static int show_diff(struct render *r, const struct render_job *j, struct err **err)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    if (render_job_diff(j, &text, err))
        return -1;
    fputs(sbuf_str(&text), stdout);
    if (text.len && r->status == EXIT_SUCCESS)
        r->status = EXIT_DIFFERS;
    return 0;
}

static int write_job(void *arg, struct render_job *j, struct err **err)
{
    struct render *r = arg;

    progress_clear(&r->progress);
    if (r->mode == MODE_DIFF)
        return show_diff(r, j, err);
    if (r->mode != MODE_DRY)
        return render_job_write(j, err);
    printf("> %s\n%s", j->target.destination ? j->target.destination : "",
           sbuf_str(&j->result.text));
    return 0;
}

static void on_failure(void *arg, const struct render_job *j, const struct err *err)
{
    struct render *r = arg;

    (void)j;
    progress_clear(&r->progress);
    fprintf(stderr, "berth: %s\n", err_msg(err));
    r->status = EXIT_FAILURE;
}

static void say(void *arg, const char *text)
{
    const struct render *r = arg;

    progress_clear(&r->progress);
    fprintf(stderr, "berth: %s\n", text);
}

static void on_rendered(void *arg, bool changed)
{
    const struct render *r = arg;

    (void)changed;
    if (r->mode != MODE_FOLLOW)
        ev_break(r->loop, EVBREAK_ALL);
}

/* What cannot be parsed leaves the templates as they are. */
static void on_hup(struct ev_loop *loop, ev_signal *w, int events)
{
    struct render *r = w->data;
    struct render_job *jobs;
    struct err *err = NULL;

    (void)loop;
    (void)events;
    if (make_jobs(r, &jobs, &err))
        complain(err, 0);
    else
        render_runner_set_jobs(r->runner, jobs, r->specs.n);
}

static void on_stop(struct ev_loop *loop, ev_signal *w, int events)
{
    struct render *r = w->data;

    (void)events;
    r->status = EXIT_SUCCESS;
    ev_break(loop, EVBREAK_ALL);
}

static void watch_signals(struct render *r)
{
    ev_signal_init(&r->hup, on_hup, SIGHUP);
    ev_signal_init(&r->term, on_stop, SIGTERM);
    ev_signal_init(&r->interrupt, on_stop, SIGINT);
    ev_signal_init(&r->quit, on_stop, SIGQUIT);
    r->hup.data = r->term.data = r->interrupt.data = r->quit.data = r;
    ev_signal_start(r->loop, &r->hup);
    ev_signal_start(r->loop, &r->term);
    ev_signal_start(r->loop, &r->interrupt);
    ev_signal_start(r->loop, &r->quit);
}

static void on_tick(struct ev_loop *loop, ev_timer *w, int events)
{
    struct render *r = w->data;

    (void)loop;
    (void)events;
    progress_update(&r->progress, "waiting for what %s of Consul",
                    r->specs.n == 1 ? "the template asks" : "the templates ask");
}

/* Who waits for an end by itself is told that it goes on. */
static void watch_progress(struct render *r)
{
    progress_init(&r->progress, "render", 0, false);
    ev_timer_init(&r->tick, on_tick, TICK, TICK);
    r->tick.data = r;
    if (r->progress.live)
        ev_timer_start(r->loop, &r->tick);
}

/* Consul is asked where it is named, and no document is. */
static int open_consul(struct render *r, struct err **err)
{
    static const struct render_watch_options options = {0};
    const char *address = getenv("CONSUL_HTTP_ADDR");

    if (r->data || (!r->consul && (!address || !*address)))
        return 0;
    return render_runner_set_consul(r->runner, r->consul, &options, err);
}

static void run(struct render *r, struct render_job *jobs)
{
    const struct render_runner_options options = {.once = r->mode != MODE_FOLLOW,
                                                  .together = r->mode != MODE_FOLLOW,
                                                  .no_file_waits = true,
                                                  .wait = r->wait};
    const struct render_runner_user user = {.write = write_job,
                                            .on_rendered = on_rendered,
                                            .on_failure = on_failure,
                                            .on_given_up = on_given_up,
                                            .say = say,
                                            .arg = r};
    struct render_source source = {0};
    struct err *err = NULL;

    signal(SIGPIPE, SIG_IGN); /* a connection that Consul closes */
    r->loop = ev_default_loop(EVFLAG_AUTO);
    r->runner = render_runner_new(r->loop, &source, &options, &user);
    render_runner_set_jobs(r->runner, jobs, r->specs.n);
    if (render_source_init(&source, r->data, &err) || open_consul(r, &err)) {
        r->status = complain(err, EXIT_USAGE);
    } else {
        if (r->mode == MODE_FOLLOW)
            watch_signals(r);
        else
            watch_progress(r);
        ev_run(r->loop, 0);
        ev_timer_stop(r->loop, &r->tick);
        progress_break(&r->progress);
    }
    render_runner_free(r->runner);
    render_source_done(&source);
    ev_loop_destroy(r->loop);
}

int command_render(int argc, char **argv)
{
    struct render r = {.mode = MODE_FOLLOW, .status = EXIT_SUCCESS};
    int read = read_options(argc, argv, &r);
    struct render_job *jobs;
    struct err *err = NULL;

    if (r.data && r.mode == MODE_FOLLOW)
        r.mode = MODE_ONCE; /* a document does not change */
    if (read)
        r.status = read < 0 ? EXIT_USAGE : EXIT_SUCCESS;
    else if (make_jobs(&r, &jobs, &err))
        r.status = complain(err, EXIT_USAGE);
    else
        run(&r, jobs);
    strv_done(&r.specs);
    return r.status;
}
