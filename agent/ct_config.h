/* consul-template's configuration: what its files and its command line say.
 *
 * Files are read one after the other, the command line last: of a value that is said twice the last
 * one counts, templates add up. A key that consul-template does not know is refused with its place.
 * What it knows and berth does not do is listed by its name, to be said at the start. */
#ifndef AGENT_CT_CONFIG_H
#define AGENT_CT_CONFIG_H

#include <stdbool.h>

#include "agent/ct_consul.h"
#include "agent/render_target.h"
#include "lib/hcl.h"

struct ct_exec {
    struct strv command; /* program and arguments; none: there is no child */
    int enabled;         /* 0: no child; -1: as 'command' says */
    double splay, kill_timeout;
    double timeout;                 /* that it may run; 0: for ever */
    int reload_signal, kill_signal; /* 0: none */
    struct render_env env;
};

struct ct_syslog {
    bool enabled;
    char *facility, *name; /* NULL: LOCAL0, consul-template */
};

struct ct_config {
    struct ct_consul consul;
    struct render_target *templates;
    size_t n, cap;
    struct quiet wait;  /* of templates that have none of their own */
    char *left, *right; /* the same */
    struct ct_exec exec;
    char *log_level, *pid_file;
    int reload_signal, kill_signal;
    double max_stale;        /* seconds; 0: the leader answers */
    double block_query_wait; /* seconds; 0: berth's own */
    bool error_fatal;        /* of templates that do not say */
    bool once, err_on_failed_lookup;
    struct ct_syslog syslog;
    struct strv idle; /* "deduplicate", ...: what was said and has no effect */
};

void ct_config_init(struct ct_config *c);
void ct_config_done(struct ct_config *c);

/* Reads 'path', a file or a folder, whose visible files are read in the order of their names. */
int ct_config_load(struct ct_config *c, const char *path, struct err **err);

/* Reads 'text', the content of file 'name'. */
int ct_config_parse(struct ct_config *c, const char *name, const char *text, size_t len,
                    struct err **err);

/* Reads an object as hcl.h makes it, which the command line has been put into. */
int ct_config_take(struct ct_config *c, const json_t *object, struct err **err);

/* Gives templates what they take from the others, when all is read. */
int ct_config_finish(struct ct_config *c, struct err **err);

#endif
