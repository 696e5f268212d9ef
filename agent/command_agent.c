#include "agent/command.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "agent/adopt.h"
#include "agent/agent.h"
#include "lib/log.h"
#include "portmap/pool.h"

static const char help[] =
    "usage: berth agent [-c FILE] [-o SECTION.KEY=VALUE]... [--consul URL]\n"
    "                   [--adopt no|yes|dry-run [--json]]\n"
    "\n"
    "Runs the agent in the foreground. Without a file it serves this host alone: Docker's default\n"
    "socket, a registry of its own, HAProxy in front.\n"
    "\n"
    "  -c, --config FILE   configuration; default /etc/berth/berth.conf where there is one\n"
    "  -o SECTION.KEY=VALUE  one option, over the file; `berth check --dump` lists them\n"
    "      --consul URL    register with Consul: short for -o registrator.registry=URL\n"
    "      --adopt HOW     what becomes of services that registrator left, of containers that are\n"
    "                      gone: no, they stay; yes, they are deregistered; dry-run, berth prints\n"
    "                      what it would do, and ends\n"
    "      --json          with --adopt=dry-run: as JSON\n";

static void on_signal(struct ev_loop *loop, ev_signal *w, int events)
{
    (void)events;
    log_info("agent", "stopping signal=%d; containers, host ports, registrations and HAProxy stay",
             w->signum);
    ev_break(loop, EVBREAK_ALL);
}

static int run(struct ev_loop *loop, const struct config *config)
{
    CLEAN(err) struct err *err = NULL;
    struct agent *agent = agent_new(loop, config, &err);
    ev_signal term, interrupt;

    if (!agent) {
        fprintf(stderr, "berth: %s\n", err_msg(err));
        return EXIT_FAILURE;
    }
    ev_signal_init(&term, on_signal, SIGTERM);
    ev_signal_init(&interrupt, on_signal, SIGINT);
    ev_signal_start(loop, &term);
    ev_signal_start(loop, &interrupt);
    ev_run(loop, 0);
    ev_signal_stop(loop, &term);
    ev_signal_stop(loop, &interrupt);
    agent_free(agent);
    return EXIT_SUCCESS;
}

static int print_adoptions(struct ev_loop *loop, const struct config *config, bool json)
{
    CLEAN(err) struct err *err = NULL;

    if (!adopt_dry_run(loop, config, json, &err))
        return EXIT_SUCCESS;
    fprintf(stderr, "berth: %s\n", err_msg(err));
    return EXIT_FAILURE;
}

/* What the configuration alone does not show: does it fit this host? */
static int check_host(const struct config *config)
{
    CLEAN(err) struct err *err = NULL;

    if (!config->portmap || !pool_check(config->pool_first, config->pool_last, &err))
        return 0;
    fprintf(stderr, "berth: %s\n", err_msg(err));
    return -1;
}

int command_agent(int argc, char **argv)
{
    struct config config = {0};
    enum log_level level;
    bool json = false;
    const struct command_flag flags[] = {{"json", &json}, {NULL, NULL}};
    int status = command_read_config(argc, argv, help, &config, flags);

    if (status) {
        status = status < 0 ? EXIT_USAGE : EXIT_SUCCESS;
    } else if (check_host(&config)) {
        status = EXIT_USAGE;
    } else {
        signal(SIGPIPE, SIG_IGN);
        if (!log_level_parse(config.log_level, &level))
            log_set_level(level);
        struct ev_loop *loop = ev_default_loop(EVFLAG_AUTO);
        status = strcmp(config.adopt, "dry-run") ? run(loop, &config)
                                                 : print_adoptions(loop, &config, json);
        ev_loop_destroy(loop);
    }
    conf_done(&config_table, &config);
    return status;
}
