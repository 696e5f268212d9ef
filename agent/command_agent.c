#include "agent/command.h"

#include <stdio.h>

#include "agent/serve.h"
#include "portmap/pool.h"

static const char help[] =
    "usage: berth agent [-c FILE] [-o SECTION.KEY=VALUE]... [--consul URL]\n"
    "                   [--on-exit keep|deregister|maintenance]\n"
    "\n"
    "Runs the agent in the foreground. Without a file it serves this host alone: Docker's default\n"
    "socket, a registry of its own, HAProxy in front.\n"
    "\n"
    "  -c, --config FILE   configuration; default /etc/berth/berth.conf where there is one\n"
    "  -o SECTION.KEY=VALUE  one option, over the file; `berth check --dump` lists them\n"
    "      --consul URL    register with Consul: short for -o registrator.registry=URL\n"
    "      --on-exit WHAT  keep, deregister or maintenance: short for -o agent.on_exit=WHAT\n";

/* What the configuration alone does not show: does it fit this host? */
static int check_host(const struct config *config)
{
    CLEAN(err) struct err *err = NULL;

    if (!config->portmap || !pool_check(&config->pool_ports, &err))
        return 0;
    fprintf(stderr, "berth: %s\n", err_msg(err));
    return -1;
}

int command_agent(int argc, char **argv)
{
    struct config config = {0};
    int status = command_read_config(argc, argv, help, &config, NULL);

    if (status)
        status = status < 0 ? EXIT_USAGE : EXIT_SUCCESS;
    else
        status = check_host(&config) ? EXIT_USAGE : serve(&config, NULL);
    conf_done(&config_table, &config);
    return status;
}
