#include "agent/command.h"

#include <ev.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "agent/render_job.h"
#include "agent/render_source.h"
#include "lib/proc.h"
#include "lib/xmalloc.h"

#define COMMAND_TIMEOUT 30. /* seconds, as consul-template's */
#define EXIT_DIFFERS 3

static const char help[] =
    "usage: berth render -t IN[:OUT[:COMMAND]]... [--once|--dry|--diff] [--data FILE]\n"
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
    "\n"
    "Exit status: 0 done, 1 something failed or is missing, 2 wrong usage or a template that "
    "cannot\n"
    "be parsed, 3 --diff found a difference.\n";

enum mode { MODE_ONCE, MODE_DRY, MODE_DIFF };

struct render {
    enum mode mode;
    const char *data;
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

/* Returns 0, -1 for a usage error, which is said, or 1 after --help. */
static int read_options(int argc, char **argv, struct render *r)
{
    static const struct option options[] = {{"template", required_argument, NULL, 't'},
                                            {"once", no_argument, NULL, MODE_ONCE + 256},
                                            {"dry", no_argument, NULL, MODE_DRY + 256},
                                            {"diff", no_argument, NULL, MODE_DIFF + 256},
                                            {"data", required_argument, NULL, 'd'},
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
        if (option == 't' && add_job(r, optarg))
            return -1;
        if (option == 'd')
            r->data = optarg;
        if (option >= 256)
            r->mode = (enum mode)(option - 256);
    }
    if (optind == argc && r->n)
        return 0;
    fprintf(stderr,
            r->n ? "berth: unexpected argument '%s'; see `berth render --help`\n"
                 : "berth: no template: -t IN[:OUT[:COMMAND]]; see `berth render --help`\n",
            r->n ? argv[optind] : "");
    return -1;
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
static void run_commands(struct render *r)
{
    struct ev_loop *loop = ev_default_loop(EVFLAG_AUTO);

    for (size_t i = 0; i < r->n; i++) {
        const struct render_job *j = &r->jobs[i];
        bool again = false;

        for (size_t k = 0; k < i && j->command; k++)
            again |=
                r->jobs[k].changed && r->jobs[k].command && !strcmp(r->jobs[k].command, j->command);
        if (j->changed && j->command && !again)
            run_command(r, loop, j->command);
    }
    ev_loop_destroy(loop);
}

static void render(struct render *r, struct render_source *data)
{
    const struct tmpl_source source = {render_source_get, data};
    struct render_addrs addrs = {0};
    struct err *err = NULL;

    render_addrs_read(&addrs);
    const struct tmpl_run run = {
        .source = &source, .now = ev_time(), .addrs = addrs.v, .n_addrs = addrs.n};
    for (size_t i = 0; i < r->n; i++) {
        if (!render_job_run(&r->jobs[i], &run, &err)) {
            finish_job(r, &r->jobs[i]);
            continue;
        }
        r->status = complain(err, EXIT_FAILURE);
        err = NULL;
    }
    if (r->mode == MODE_ONCE)
        run_commands(r);
    render_addrs_done(&addrs);
}

int command_render(int argc, char **argv)
{
    struct render r = {.status = EXIT_SUCCESS};
    struct render_source source = {0};
    struct err *err = NULL;
    int read = read_options(argc, argv, &r);

    if (read)
        r.status = read < 0 ? EXIT_USAGE : EXIT_SUCCESS;
    else if (render_source_init(&source, r.data, &err))
        r.status = complain(err, EXIT_USAGE);
    else
        render(&r, &source);
    render_source_done(&source);
    for (size_t i = 0; i < r.n; i++)
        render_job_done(&r.jobs[i]);
    free(r.jobs);
    return r.status;
}
