#include "agent/command.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "agent/adopt.h"
#include "agent/serve.h"

static const char help[] =
    "usage: berth agent [-c FILE] [-o SECTION.KEY=VALUE]... [--consul URL]\n"
    "                   [--on-exit keep|deregister|maintenance]\n"
    "                   [--adopt no|yes|dry-run [--json]] [--dump-config]\n"
    "\n"
    "Runs the agent in the foreground. Without a file it serves this host alone: Docker's default\n"
    "socket, a registry of its own, HAProxy in front.\n"
    "\n"
    "  -c, --config FILE     configuration; default /etc/berth/berth.conf where there is one\n"
    "  -o SECTION.KEY=VALUE  one option, over the file; `berth check --dump-config` lists them\n"
    "      --consul URL      register with Consul: short for -o registrator.registry=URL\n"
    "      --on-exit WHAT    keep, deregister or maintenance: short for -o agent.on_exit=WHAT\n"
    "      --adopt HOW       what becomes of services that registrator left, of containers that\n"
    "                        are gone: no, they stay; yes, they are deregistered; dry-run, berth\n"
    "                        prints what it would do, and ends\n"
    "      --json            with --adopt=dry-run: as JSON\n"
    "      --dump-config     print the configuration in force, and where each value is from\n"
    "\n"
    "SIGHUP has a running agent read the configuration again.\n";

static int run(const struct config *config, struct config_source *source, bool json);

int command_agent(int argc, char **argv)
{
    struct config config = {0};
    struct config_source source = {0};
    CLEAN(err) struct err *err = NULL;
    bool json = false, dump = false;
    const struct command_flag flags[] = {{"json", &json}, {"dump-config", &dump}, {NULL, NULL}};
    int status = command_read_source(argc, argv, help, &source, &config, flags);

    if (status) {
        status = status < 0 ? EXIT_USAGE : EXIT_SUCCESS;
    } else if (dump) {
        command_dump_config(&source, &config);
    } else if (config_source_check_host(&config, &err)) {
        fprintf(stderr, "berth: %s\n", err_msg(err));
        status = EXIT_USAGE;
    } else {
        status = run(&config, &source, json);
    }
    config_source_done(&source);
    conf_done(&config_table, &config);
    return status;
}

/* --json alone would start an agent, where somebody asked for a document. */
static int run(const struct config *config, struct config_source *source, bool json)
{
    if (!strcmp(config->adopt, "dry-run"))
        return command_print_adoptions(config, json);
    if (!json)
        return serve(config, source, NULL);
    fprintf(stderr, "berth: --json goes with --adopt=dry-run; see `berth agent --help`\n");
    return EXIT_USAGE;
}

int command_print_adoptions(const struct config *config, bool json)
{
    struct ev_loop *loop = ev_default_loop(EVFLAG_AUTO);
    CLEAN(err) struct err *err = NULL;

    signal(SIGPIPE, SIG_IGN);
    int result = adopt_dry_run(loop, config, json, &err);
    if (result)
        fprintf(stderr, "berth: %s\n", err_msg(err));
    ev_loop_destroy(loop);
    return result ? EXIT_FAILURE : EXIT_SUCCESS;
}
