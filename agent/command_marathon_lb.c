#include "agent/command.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/mlb_flags.h"
#include "agent/mlb_serve.h"

static int prepare(struct mlb_flags *f, struct config *config, struct err **err);

int command_marathon_lb(int argc, char **argv)
{
    CLEAN(err) struct err *err = NULL;
    struct mlb_flags f = {0};
    struct config config = {0};
    enum mlb_asked asked;
    int status = EXIT_SUCCESS;

    if (mlb_flags_read(&f, argc, argv, &asked, &err)) {
        fprintf(stderr, "berth: marathon-lb: %s; see `berth marathon-lb --help`\n", err_msg(err));
        status = EXIT_USAGE;
    } else if (asked == MLB_HELP) {
        mlb_flags_help(stdout);
    } else if (asked == MLB_LONGHELP) {
        mlb_flags_longhelp(stdout);
    } else if (prepare(&f, &config, &err)) {
        fprintf(stderr, "berth: %s\n", err_msg(err));
        status = EXIT_USAGE;
    } else {
        status = mlb_serve(&f, &config);
    }
    mlb_flags_done(&f);
    conf_done(&config_table, &config);
    return status;
}

static int prepare(struct mlb_flags *f, struct config *config, struct err **err)
{
    conf_defaults(&config_table, config);
    for (size_t i = 0; i < f->settings.n; i++)
        if (conf_set(&config_table, config, f->settings.v[i], err))
            return -1;
    return mlb_flags_templates(f, getenv, err);
}
