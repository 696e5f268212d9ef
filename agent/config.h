/* berth.conf as values: one table for the file, -o, `berth check --dump` and the manual. */
#ifndef AGENT_CONFIG_H
#define AGENT_CONFIG_H

#include <stdbool.h>

#include "lib/conf.h"
#include "lib/portset.h"

struct config {
    /* [agent] */
    char *node;      /* our name in registries; "": the host's name */
    char *address;   /* what others dial; "": the source address of the way to the registry */
    char *state_dir; /* what outlives a reboot */
    char *run_dir;   /* HAProxy's files and sockets */
    char *admin;     /* "127.0.0.1:7707" */
    char *log_level; /* err, warn, info, debug */
    double resync;   /* seconds */

    /* [docker] */
    char *docker_socket;
    double drain_max; /* seconds a container that was told to stop stays out, if it goes on */

    /* [portmap] */
    bool portmap;
    char *pool; /* "28000-28999,29500-29999" */
    struct portset pool_ports;
    unsigned mark;
    double quarantine; /* seconds that a freed host port rests */

    /* [registrator] */
    bool registrator;
    char *registry; /* "local", or Consul's URL */
    char *consul_token_file;

    /* [lb] */
    bool lb;
    char *haproxy;
    bool manage;
    char *bind;
    unsigned http_port, https_port, stats_port;
    char *certs;     /* directory; "": no HTTPS */
    char *lb_select; /* rule on service, tags and Meta; "": all */
    char *lb_wait;   /* "MIN[:MAX]" */

    struct conf_list networks; /* [network "NAME"]: struct reach_setting, in the file's order */
    struct conf_list drivers;  /* [driver "NAME"]: struct reach_setting */
};

extern const struct conf_table config_table;

/* Fills what follows from several values (pool_ports). Errors name key and remedy. */
int config_finish(struct config *c, struct err **err);

#endif
