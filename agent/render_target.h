/* What is to be rendered and what becomes of the text: one template of `berth render` or of
 * consul-template's configuration. A value that its owner fills, copies nothing of and frees. */
#ifndef AGENT_RENDER_TARGET_H
#define AGENT_RENDER_TARGET_H

#include <stdbool.h>

#include "lb-template/quiet.h"
#include "lib/strv.h"

#define RENDER_COMMAND_TIMEOUT 30. /* seconds, as consul-template's */

/* What a command finds in its environment. */
struct render_env {
    bool pristine;           /* nothing of ours */
    struct strv custom;      /* "NAME=value", beside it */
    struct strv allow, deny; /* patterns of the names of ours; none in 'allow': all */
};

struct render_target {
    char *source;       /* a file; NULL: 'contents' */
    char *contents;     /* the template itself */
    char *destination;  /* NULL: standard output */
    int perms;          /* of the file; -1: as it is, 0644 where it is new */
    char *user, *group; /* of the file; NULL: as it is */
    bool backup;        /* what was there is kept as DESTINATION.bak */
    bool make_dirs;     /* the folders of 'destination' */

    struct strv command;    /* program and arguments, run when the file has changed; empty: none */
    bool command_enabled;   /* false: there is none, whatever 'command' says */
    double command_timeout; /* seconds; 0: for ever */
    struct render_env env;  /* of 'command' */

    char *left, *right; /* delimiters; NULL: {{ and }} */
    bool error_on_missing_key;
    int error_fatal;    /* a failure of the template ends the program; -1: not said */
    struct quiet wait;  /* before a change is acted on */
    struct strv denied; /* functions that it must not use */
    char *sandbox;      /* the folder that `file` reads in; NULL: anywhere */
};

void render_target_init(struct render_target *t);
void render_target_done(struct render_target *t);

/* Reads "in[:out[:command]]" into 't', which is initialized. Returns 0, or -1. */
int render_target_parse(struct render_target *t, const char *spec, struct err **err);

/* Sets 'command' to what `sh -c` runs as 'text'; an empty text is no command. */
void render_command_shell(struct strv *command, const char *text);

void render_env_done(struct render_env *env);

/* "NAME=value" of a command with 'env', when 'ours', ended by NULL, is our own environment;
 * appended to 'ret'. */
void render_env_apply(const struct render_env *env, char *const *ours, struct strv *ret);

#endif
