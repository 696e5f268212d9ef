/* How marathon-lb was told to run: the part of its flags that decides about the configuration. */
#ifndef LB_TEMPLATE_MLB_OPTIONS_H
#define LB_TEMPLATE_MLB_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "lb-template/mlb/template.h"
#include "lib/err.h"
#include "lib/sbuf.h"
#include "lib/strv.h"

/* Values that their owner keeps as long as the renderer. */
struct mlb_options {
    struct strv groups;        /* --group; "*": all */
    bool strict;               /* --strict-mode */
    bool health_check;         /* --health-check */
    bool haproxy_map;          /* --haproxy-map */
    bool no_vhosts;            /* --dont-bind-http-https */
    bool grouped;              /* --group-https-by-vhost */
    struct strv ssl_certs;     /* --ssl-certs */
    unsigned first_port;       /* --min-serv-port-ip-per-task; 0: no port is made up */
    unsigned last_port;        /* --max-serv-port-ip-per-task */
    const char *framework;     /* FRAMEWORK_NAME: an app that is left out; NULL: none */
    const char *dir;           /* of haproxy.cfg, its maps and its sockets */
    const char *default_words; /* HAPROXY_GLOBAL_DEFAULT_OPTIONS: a comma list */
    const char *answers;       /* "127.0.0.1:7707": who answers marathon-lb's own paths; NULL */
    unsigned maxconn;          /* of the default head, at most */
    uint64_t nofile;           /* open files that HAProxy may have; 0: as many as it wants */
    const char *user, *group;  /* HAProxy's own; NULL: it stays who it is */
    char *templates[MLB_TEMPLATES]; /* the operator's own, translated; owned; NULL: the default */
};

/* Frees what the options own. */
void mlb_options_done(struct mlb_options *o);

/* Sets the operator's own template 'id'. Fails on a directive that HAProxy has dropped and nothing
 * stands for. */
int mlb_options_set_template(struct mlb_options *o, enum mlb_template id, const char *text,
                             struct err **err);

/* Ends the last line of 'text', a template 'id', unless it goes on in a server line. */
void mlb_options_end_line(enum mlb_template id, struct sbuf *text);

/* The text of template 'id'. */
const char *mlb_options_template(const struct mlb_options *o, enum mlb_template id);

/* Does --group take an app or port in 'groups', a comma list? NULL: it is in none. */
bool mlb_options_takes(const struct mlb_options *o, const char *groups);

#endif
