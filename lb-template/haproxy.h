/* The HAProxy process: its files, checking a configuration, starting it, loading a new one.
 *
 * HAProxy runs as a daemon in master-worker mode and outlives the agent: it is found again by its
 * sockets and its pid file, and never started beside one that lives. Where it is not ours to start,
 * the sockets are the same ones. Loading is all or nothing: what HAProxy refuses leaves the last
 * good files in place. One operation at a time. */
#ifndef LB_TEMPLATE_HAPROXY_H
#define LB_TEMPLATE_HAPROXY_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lb-template/reload.h"
#include "lib/err.h"

struct haproxy;

/* 'program' and 'dir' are copied. */
struct haproxy *haproxy_new(struct ev_loop *loop, const char *program, const char *dir,
                            bool manage);

/* Leaves HAProxy running; what is under way is forgotten. */
void haproxy_free(struct haproxy *h);

/* Paths below 'dir'; owned by 'h'. */
const char *haproxy_cfg_path(const struct haproxy *h);
const char *haproxy_map_path(const struct haproxy *h);
const char *haproxy_stats_path(const struct haproxy *h);

/* The master of the pid file, if it lives and runs our configuration; else 0. */
pid_t haproxy_master(const struct haproxy *h);

enum haproxy_verdict {
    HAPROXY_LOADED,  /* it runs the new files; 'result' is NULL where it was started */
    HAPROXY_WRITTEN, /* the files are good and in place, but HAProxy does not run and is not ours */
    HAPROXY_REFUSED, /* the last good files are in place; 'err' says why */
    HAPROXY_BROKEN,  /* berth or the machine failed, not the configuration; 'err' says why */
};

struct haproxy_load {
    const char *cfg, *map; /* contents of the files; copied */
    pid_t worker;          /* that answers now; 0: none does */

    /* Called once; before haproxy_load() returns where it fails at once. */
    void (*on_done)(void *arg, enum haproxy_verdict verdict, const struct reload_result *result,
                    const struct err *err);
    void *arg;
};

/* Checks the files, puts them in place, and starts or reloads HAProxy. */
void haproxy_load(struct haproxy *h, const struct haproxy_load *load);

/* Starts HAProxy with the files that are in place; else like haproxy_load(). */
void haproxy_start(struct haproxy *h,
                   void (*on_done)(void *arg, enum haproxy_verdict verdict,
                                   const struct reload_result *result, const struct err *err),
                   void *arg);

#endif
