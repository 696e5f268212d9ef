/* The HAProxy process: its files, checking a configuration, starting it, loading a new one.
 *
 * A HAProxy of ours runs as a daemon in master-worker mode and outlives the agent: it is found
 * again by its sockets and its pid file, and never started beside one that lives. One that is not
 * ours to start is told to reload by its master socket, or by the command of [lb] reload. Loading
 * is all or nothing: what HAProxy refuses leaves the last good files in place. One operation at a
 * time. */
#ifndef LB_TEMPLATE_HAPROXY_H
#define LB_TEMPLATE_HAPROXY_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lb-template/files.h"
#include "lb-template/reload.h"
#include "lb-template/settings.h"
#include "lib/err.h"
#include "lib/proc.h"

struct haproxy;

/* 'settings' is borrowed. */
struct haproxy *haproxy_new(struct ev_loop *loop, const struct settings *settings);

/* Leaves HAProxy running; what is under way is forgotten. */
void haproxy_free(struct haproxy *h);

/* Paths; owned by 'h'. The statistics socket is that of a HAProxy of ours. */
const char *haproxy_cfg_path(const struct haproxy *h);
const char *haproxy_stats_path(const struct haproxy *h);

/* The file that haproxy_check() lets HAProxy read, as its complaints name it. */
const char *haproxy_check_path(const struct haproxy *h);

/* The master of the pid file, if it lives and runs our configuration; else 0. */
pid_t haproxy_master(const struct haproxy *h);

/* Lets HAProxy check 'wish', in a file of its own; the maps are written where they do not exist.
 * 'on_done' is called once, before haproxy_check() returns where it fails at once: with HAProxy's
 * exit status and output, or with NULL and an error where it could not be asked. */
void haproxy_check(struct haproxy *h, const struct files_wish *wish,
                   void (*on_done)(void *arg, const struct proc_result *result,
                                   const struct err *err),
                   void *arg);

/* Is there a way to make HAProxy load something? 'runs': it answers. */
bool haproxy_can_load(const struct haproxy *h, bool runs);

enum haproxy_verdict {
    HAPROXY_LOADED,  /* it runs the new files; 'result' is NULL where it was started */
    HAPROXY_WRITTEN, /* the files are in place, but HAProxy is not ours to start or to reload */
    HAPROXY_REFUSED, /* the last good files are in place; 'err' says why */
    HAPROXY_BROKEN,  /* berth or the machine failed, not the configuration; 'err' says why */
};

struct haproxy_load {
    const struct files_wish *wish;       /* checked; borrowed in the call */
    const struct reload_worker *workers; /* of each statistics socket; borrowed until 'on_done' */
    size_t n_workers;

    /* Called once; before haproxy_load() returns where it fails at once. */
    void (*on_done)(void *arg, enum haproxy_verdict verdict, const struct reload_result *result,
                    const struct err *err);
    void *arg;
};

/* Puts the files in place, and starts or reloads HAProxy. */
void haproxy_load(struct haproxy *h, const struct haproxy_load *load);

/* Starts HAProxy with the files that are in place; else like haproxy_load(). */
void haproxy_start(struct haproxy *h,
                   void (*on_done)(void *arg, enum haproxy_verdict verdict,
                                   const struct reload_result *result, const struct err *err),
                   void *arg);

#endif
