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
    {"check", command_check, "check the configuration, or print it with its meaning"},
    {"doctor", command_doctor, "look for what keeps containers from being reached, and mend it"},
    {"render", command_render, "render consul-template's templates to files"},
};

static void print_help(FILE *to)
{
    fputs("usage: berth COMMAND [ARGUMENT]...\n\n", to);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].help);
    fputs("\n`berth COMMAND --help` says more; the manual is berth(8).\n", to);
}

int main(int argc, char **argv)
{
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
