/* berth.conf as values: one table for the file, -o, `berth check --dump` and the manual. */
#ifndef AGENT_CONFIG_H
#define AGENT_CONFIG_H

#include <stdbool.h>

#include "lib/conf.h"

struct config {
    /* [agent] */
    char *node;      /* our name in registries; "": the host's name */
    char *address;   /* what others dial; "": the source address of the way to the registry */
    char *address6;  /* the same over IPv6: "auto", "none" or an address */
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
    char *pool; /* "28000-29999" */
    unsigned pool_first, pool_last;
    unsigned mark;
    double quarantine; /* seconds that a freed host port rests */

    /* [registrator] */
    bool registrator;
    char *registry; /* "local", or Consul's URL */
    char *consul_token_file;
    char *register_when; /* started, healthy */
    char *on_kill;       /* maintenance, deregister */
    char *adopt;         /* no, yes, dry-run */

    /* [lb] */
    bool lb;
    char *haproxy;
    bool manage;
    char *bind;
    unsigned http_port, stats_port;
};

extern const struct conf_table config_table;

/* Fills what follows from several values (pool_first, pool_last). Errors name key and remedy. */
int config_finish(struct config *c, struct err **err);

#endif
