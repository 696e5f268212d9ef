/* Wanted servers and host map against HAProxy's: the commands that make up the difference.
 *
 * Order: new servers, changed ones, host map entries to add or set, drains, entries to delete; so
 * a backend has its new servers before it loses old ones, and a host name never points at nothing.
 * Servers are not deleted here: a drained one is first left to finish. Pure. */
#ifndef LB_TEMPLATE_PLAN_H
#define LB_TEMPLATE_PLAN_H

#include <stdbool.h>

#include "lb-template/cfg.h"
#include "lb-template/runtime.h"

struct plan_input {
    const struct haproxy_cfg *wanted; /* what there should be */
    const struct haproxy_cfg *loaded; /* the structure that HAProxy runs: no others are touched */
    const struct runtime_servers *servers; /* what HAProxy has */
    const struct kvs *wanted_map;          /* sorted by key */
    const struct kvs *map;                 /* what HAProxy has, sorted by key */
    const char *map_path;                  /* as in haproxy.cfg */
};

struct plan_op {
    enum runtime_command command;
    unsigned phase; /* private */
    size_t order;   /* private */
    char *text;
};

/* A server that is not wanted any more. */
struct plan_leaver {
    char *backend;
    char *server;
};

struct plan {
    struct plan_op *v; /* to be sent in this order */
    size_t n;
    size_t cap;
    struct plan_leaver *leavers; /* sorted by backend and server */
    size_t n_leavers;
    size_t cap_leavers;
};

/* Fills '*ret', which is zeroed. */
void plan_make(const struct plan_input *in, struct plan *ret);

void plan_done(struct plan *p);

#endif
