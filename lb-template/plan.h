/* Wanted servers and maps against HAProxy's: the commands that make up the difference.
 *
 * Order: new servers, changed ones, map entries to add or set, drains, entries to delete; so
 * a backend has its new servers before it loses old ones, and a host name never points at nothing.
 * Servers are not deleted here: a drained one is first left to finish. Pure. */
#ifndef LB_TEMPLATE_PLAN_H
#define LB_TEMPLATE_PLAN_H

#include "lb-template/backends.h"
#include "lb-template/runtime.h"
#include "lib/strv.h"

struct plan_op {
    enum runtime_command command;
    const char *backend; /* of a server, borrowed from what was wanted or there; of a map: NULL */
    const char *server;  /* the same */
    unsigned phase;      /* private */
    size_t order;        /* private */
    char *text;
};

/* A server that is not wanted any more. */
struct plan_leaver {
    char *backend;
    char *server;
    uint32_t trace; /* of the run behind it, for who sends the commands; 0: unknown */
};

struct plan {
    struct plan_op *v; /* to be sent in this order */
    size_t n;
    size_t cap;
    struct plan_leaver *leavers; /* sorted by backend and server */
    size_t n_leavers;
    size_t cap_leavers;
};

/* Adds what it takes for the servers of the backends 'loaded', which HAProxy runs, to be as
 * 'wanted'; a backend that is not among 'wanted' is left by all of its servers. 'servers' is what
 * HAProxy has; others are not touched. */
void plan_servers(struct plan *p, const struct backends *wanted, const struct backends *loaded,
                  const struct runtime_servers *servers);

/* The same for the map 'path'; both are sorted by key. Where 'loaded' is not NULL, entries that
 * lead to no backend of it wait for the reload that makes theirs. */
void plan_map(struct plan *p, const char *path, const struct kvs *wanted, const struct kvs *actual,
              const struct backends *loaded);

/* Puts everything that was added into its order. */
void plan_sort(struct plan *p);

/* Appends the backends whose servers the commands change, sorted. */
void plan_backends(const struct plan *p, struct strv *ret);

void plan_done(struct plan *p);

#endif
