#include "agent/command.h"

#include <errno.h>
#include <ev.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "agent/render_job.h"
#include "agent/render_live.h"
#include "agent/render_source.h"
#include "lib/proc.h"
#include "lib/xmalloc.h"

#define COMMAND_TIMEOUT 30. /* seconds, as consul-template's */
#define EXIT_DIFFERS 3
#define WAIT_MAX 31536000. /* seconds */

static const char help[] =
    "usage: berth render -t IN[:OUT[:COMMAND]]... [--once|--dry|--diff]\n"
    "           [--data FILE | --consul URL] [--wait SECONDS]\n"
    "\n"
    "Renders templates in consul-template's language. The text goes to the file OUT, or to "
    "standard\n"
    "output; where OUT has changed, COMMAND is run by `sh -c`, with 30 seconds to end.\n"
    "\n"
    "  -t, --template IN[:OUT[:COMMAND]]  may be given several times\n"
    "      --once       render once and exit; the default\n"
    "      --dry        write nothing, run nothing: print \"> OUT\" and the text\n"
    "      --diff       write nothing, run nothing: print what would change in OUT\n"
    "      --data FILE  services, keys, nodes and datacenters from a JSON document\n"
    "      --consul URL    the same from Consul; default: $CONSUL_HTTP_ADDR where it is set\n"
    "      --wait SECONDS  how long Consul's answers, and keys that are missing, are waited for;\n"
    "                      default: for ever\n"
    "\n"
    "Exit status: 0 done, 1 something failed or is missing, 2 wrong usage or a template that "
    "cannot\n"
    "be parsed, 3 --diff found a difference.\n";

#define FIRST_MODE 256 /* getopt's value for the first mode: no character */

enum mode { MODE_ONCE, MODE_DRY, MODE_DIFF };

struct render {
    enum mode mode;
    const char *data, *consul;
    double wait; /* seconds; 0: for ever */
    struct render_job *jobs;
    size_t n, cap;
    int status;
};

/* A command that runs. */
struct running {
    const char *command;
    int failed;
};

static int complain(struct err *err, int status)
{
    fprintf(stderr, "berth: %s\n", err_msg(err));
    err_free(err);
    return status;
}

static int add_job(struct render *r, const char *spec)
{
    struct err *err = NULL;

    r->jobs = xgrow(r->jobs, r->n, &r->cap, sizeof *r->jobs);
    if (render_job_init(&r->jobs[r->n++], spec, &err))
        return complain(err, -1);
    return 0;
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

static int take_option(struct render *r, int option, const char *value)
{
    switch (option) {
    case 't':
        return add_job(r, value);
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
    if (!extra && r->n && !(r->data && r->consul))
        return 0;
    if (extra)
        fprintf(stderr, "berth: unexpected argument '%s'", extra);
    else
        fputs(r->n ? "berth: --data and --consul exclude each other"
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
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, ":t:h", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return 1;
        }
        if (option == '?' || option == ':') {
            command_say_refused(option, argv);
            return -1;
        }
        if (take_option(r, option, optarg))
            return -1;
    }
    return check_usage(r, optind < argc ? argv[optind] : NULL);
}

static void say_missing(struct render *r, const struct render_job *j)
{
    const struct tmpl_deps *deps = &j->result.deps;

    fprintf(stderr, "berth: %s: not rendered, this is missing:\n", j->in);
    for (size_t i = 0; i < deps->n; i++)
        if (deps->v[i].missing)
            fprintf(stderr, "    %s \"%s\"\n", tmpl_dep_name(deps->v[i].kind), deps->v[i].text);
    r->status = EXIT_FAILURE;
}

static void show_diff(struct render *r, const struct render_job *j)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    struct err *err = NULL;

    if (render_job_diff(j, &text, &err)) {
        r->status = complain(err, EXIT_FAILURE);
        return;
    }
    fputs(sbuf_str(&text), stdout);
    if (text.len && r->status == EXIT_SUCCESS)
        r->status = EXIT_DIFFERS;
}

static void finish_job(struct render *r, struct render_job *j)
{
    struct err *err = NULL;

    if (!j->complete)
        say_missing(r, j);
    else if (r->mode == MODE_DIFF)
        show_diff(r, j);
    else if (r->mode == MODE_DRY)
        printf("> %s\n%s", j->out ? j->out : "", sbuf_str(&j->result.text));
    else if (render_job_write(j, &err))
        r->status = complain(err, EXIT_FAILURE);
}

static void on_command_done(void *arg, const struct proc_result *result)
{
    struct running *running = arg;

    fwrite(result->output, 1, result->len, stdout);
    running->failed = result->status || result->timed_out;
    if (result->timed_out)
        fprintf(stderr, "berth: command '%s' took more than %.0f seconds and was killed\n",
                running->command, COMMAND_TIMEOUT);
    else if (result->status)
        fprintf(stderr, "berth: command '%s' failed with status %d\n", running->command,
                result->status);
}

static void run_command(struct render *r, struct ev_loop *loop, const char *command)
{
    const char *const argv[] = {"/bin/sh", "-c", command, NULL};
    struct running running = {.command = command};
    struct err *err = NULL;

    fflush(stdout);
    if (!proc_run(loop, argv, COMMAND_TIMEOUT, on_command_done, &running, &err)) {
        r->status = complain(err, EXIT_FAILURE);
        return;
    }
    ev_run(loop, 0);
    if (running.failed)
        r->status = EXIT_FAILURE;
}

/* After all files are written, in the order of the templates; the same command once. */
static void run_commands(struct render *r, struct ev_loop *loop)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct render_job *j = &r->jobs[i];
        bool again = false;

        for (size_t k = 0; k < i && j->command; k++)
            again |=
                r->jobs[k].changed && r->jobs[k].command && !strcmp(r->jobs[k].command, j->command);
        if (j->changed && j->command && !again)
            run_command(r, loop, j->command);
    }
}

/* Everything that is asked of Consul, as far as the time to wait allows. Returns 0, or -1 where
 * nothing can be rendered. */
static int fill(struct render *r, const struct tmpl_run *run, struct render_consul *consul)
{
    struct err *err = NULL;

    if (!render_live_fill(r->jobs, r->n, run, consul, r->wait, &err))
        return 0;
    bool late = err_code(err) == ETIMEDOUT;
    r->status = complain(err, EXIT_FAILURE);
    return late ? 0 : -1;
}

static void render(struct render *r, struct render_source *data)
{
    const struct tmpl_source source = {render_source_get, data};
    struct render_addrs addrs = {0};
    struct err *err = NULL;

    render_addrs_read(&addrs);
    const struct tmpl_run run = {
        .source = &source, .now = ev_time(), .addrs = addrs.v, .n_addrs = addrs.n};
    size_t n = data->consul && fill(r, &run, data->consul) ? 0 : r->n;
    for (size_t i = 0; i < n; i++) {
        if (!render_job_run(&r->jobs[i], &run, &err)) {
            finish_job(r, &r->jobs[i]);
            continue;
        }
        r->status = complain(err, EXIT_FAILURE);
        err = NULL;
    }
    render_addrs_done(&addrs);
}

/* Consul is asked where it is named, and no document is. */
static int open_consul(const struct render *r, struct ev_loop *loop, struct render_source *source,
                       struct err **err)
{
    const char *address = getenv("CONSUL_HTTP_ADDR");

    if (r->data || (!r->consul && (!address || !*address)))
        return 0;
    signal(SIGPIPE, SIG_IGN); /* a connection that Consul closes */
    source->consul = render_consul_new(loop, r->consul, err);
    return source->consul ? 0 : -1;
}

static void open_and_render(struct render *r)
{
    struct ev_loop *loop = ev_default_loop(EVFLAG_AUTO);
    struct render_source source = {0};
    struct err *err = NULL;

    if (render_source_init(&source, r->data, &err) || open_consul(r, loop, &source, &err))
        r->status = complain(err, EXIT_USAGE);
    else
        render(r, &source);
    render_consul_free(source.consul);
    if (source.consul)
        signal(SIGPIPE, SIG_DFL); /* commands inherit it */
    render_source_done(&source);
    if (r->mode == MODE_ONCE)
        run_commands(r, loop); /* of what was written */
    ev_loop_destroy(loop);
}

int command_render(int argc, char **argv)
{
    struct render r = {.status = EXIT_SUCCESS};
    int read = read_options(argc, argv, &r);

    if (read)
        r.status = read < 0 ? EXIT_USAGE : EXIT_SUCCESS;
    else
        open_and_render(&r);
    for (size_t i = 0; i < r.n; i++)
        render_job_done(&r.jobs[i]);
    free(r.jobs);
    return r.status;
}
