#include "agent/command.h"

#include <stdio.h>

#include "lib/sbuf.h"

static const char help[] = "usage: berth check [-c FILE] [-o SECTION.KEY=VALUE]... [--dump]\n"
                           "\n"
                           "Reads the configuration as `berth agent` would and says what is wrong "
                           "with it. With --dump it\n"
                           "prints every option with its meaning, default and value.\n";

int command_check(int argc, char **argv)
{
    struct config config = {0};
    bool dump = false;
    const struct command_flag flags[] = {{"dump", &dump}, {NULL, NULL}};
    int status = command_read_config(argc, argv, help, &config, flags);

    if (!status && dump) {
        CLEAN(sbuf) struct sbuf text = SBUF_INIT;
        conf_dump(&config_table, &config, &text);
        fputs(sbuf_str(&text), stdout);
    } else if (!status) {
        puts("the configuration is good");
    }
    conf_done(&config_table, &config);
    return status < 0 ? EXIT_USAGE : EXIT_SUCCESS;
}
