/* berth: finds the command and runs it. */
#include <stdio.h>
#include <string.h>

#include "agent/command.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"agent", command_agent, "run the agent: Docker -> host ports -> registry -> HAProxy"},
    {"status", command_status, "show what a running agent serves, from container to HAProxy"},
    {"top", command_top, "show the same in a terminal, live: keys search, sort and explain"},
    {"explain", command_explain, "say why a container, service or host port is served as it is"},
    {"resync", command_resync, "have a running agent compare everything now"},
    {"reload", command_reload, "have a running agent read its configuration again"},
    {"check", command_check, "check the configuration, or print it with its meaning"},
    {"registrator", command_registrator, "take registrator's command line, and its place"},
    {"marathon-lb", command_marathon_lb, "take marathon-lb's command line, and its place"},
    {"doctor", command_doctor, "look for what keeps containers from being reached, and mend it"},
    {"portmap", command_portmap, "list the host ports in the kernel, or take them away"},
    {"deploy", command_deploy, "replace a Marathon app by another one without a failed request"},
    {"render", command_render, "render consul-template's templates to files"},
    {"consul-template", command_consul_template,
     "take consul-template's command line, and its place"},
};

static void print_help(FILE *to)
{
    fputs("usage: berth COMMAND [ARGUMENT]...\n\n", to);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        fprintf(to, "  %-15s %s\n", commands[i].name, commands[i].help);
    fputs("\n`berth COMMAND --help` says more; the manual is berth(8).\n", to);
}

/* A link with the name of a program that berth takes the place of takes its arguments. */
static const char *const personalities[] = {"registrator", "consul-template", "marathon-lb"};

static int run_personality(int argc, char **argv, int *ret_status)
{
    const char *slash = strrchr(argv[0], '/');
    const char *name = slash ? slash + 1 : argv[0];

    for (size_t i = 0; i < ARRAY_LEN(personalities); i++)
        for (size_t k = 0; k < ARRAY_LEN(commands); k++)
            if (!strcmp(name, personalities[i]) && !strcmp(name, commands[k].name)) {
                *ret_status = commands[k].run(argc, argv);
                return 1;
            }
    return 0;
}

int main(int argc, char **argv)
{
    int status;

    if (argc && run_personality(argc, argv, &status))
        return status;
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (!strcmp(argv[1], "--version")) {
        puts("berth " PACKAGE_VERSION);
        return EXIT_SUCCESS;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
        print_help(stdout);
        return EXIT_SUCCESS;
    }
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (!strcmp(argv[1], commands[i].name))
            return commands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "berth: there is no command '%s'; see `berth --help`\n", argv[1]);
    return EXIT_USAGE;
}
