/* marathon_lb.py's command line and environment -> what to run.
 *
 * Flags have its names and its meaning. Those that say how it went about something that berth does
 * in another way are taken and named in 'idle'. */
#ifndef AGENT_MLB_FLAGS_H
#define AGENT_MLB_FLAGS_H

#include <stdbool.h>
#include <stdio.h>

#include "lb-template/mlb/options.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/strv.h"

struct mlb_flags {
    struct strv marathon;  /* base URLs */
    char *dir, *file;      /* of haproxy.cfg, and its name there */
    char *command;         /* --command, its program with a path; NULL: HAProxy is ours */
    char *user;            /* --auth-credentials; never shown */
    const char *user_file; /* --marathon-auth-credential-file */
    const char *ca_file;   /* --marathon-ca-cert; NULL: as marathon.ca_file says */
    unsigned reload_wait;  /* --reload-interval, in seconds */
    bool sse, dry;
    enum log_level level;
    struct strv idle;     /* flags that change nothing here */
    struct strv settings; /* -o section.key=value, berth's own */
    struct mlb_options options;
};

enum mlb_asked { MLB_RUN, MLB_HELP, MLB_LONGHELP };

/* Reads 'argv' (argv[0] is passed over), which must outlive 'f'; '*f' is zeroed. The error is what
 * to say of a command line that is refused. */
int mlb_flags_read(struct mlb_flags *f, int argc, char **argv, enum mlb_asked *ret_asked,
                   struct err **err);

/* Reads the templates that replace the defaults: from the environment, where 'get' looks, with \n
 * for line ends, or else from files of their names in "templates" or $MESOS_SANDBOX/templates. */
int mlb_flags_templates(struct mlb_flags *f, char *(*get)(const char *name), struct err **err);

void mlb_flags_done(struct mlb_flags *f);

void mlb_flags_help(FILE *to);

/* All templates with their defaults. */
void mlb_flags_longhelp(FILE *to);

#endif
