#include "lb-template/haproxy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lb-template/alert.h"
#include "lb-template/files.h"
#include "lb-template/render.h"
#include "lib/clean.h"
#include "lib/file.h"
#include "lib/proc.h"
#include "lib/xmalloc.h"

#define CHECK_TIMEOUT 60.0 /* seconds for `haproxy -c` */
#define START_TIMEOUT 60.0 /* seconds until it is a daemon */
#define CMDLINE_MAX 4096   /* bytes of /proc/<pid>/cmdline */

struct haproxy {
    struct ev_loop *loop;
    char *program, *dir;
    char *cfg_path, *new_path, *map_path, *stats_path, *master_path, *master_spec, *pid_path;
    bool manage;

    /* the operation under way */
    struct haproxy_load load; /* 'cfg' and 'map' are in the next two */
    char *cfg, *map;
    char *old_cfg, *old_map; /* the last good files; NULL: there was none */
    struct proc *proc;
    struct reload *reload;
};

static void check(struct haproxy *h);
static void on_checked(void *arg, const struct proc_result *result);
static int remember(struct haproxy *h, struct err **err);
static int read_old(const char *path, char **ret, struct err **err);
static int swap(struct haproxy *h, struct err **err);
static void bring_up(struct haproxy *h);
static void start(struct haproxy *h);
static void on_started(void *arg, const struct proc_result *result);
static void on_reloaded(void *arg, const struct reload_result *result, const struct err *err);
static void roll_back(struct haproxy *h);
static void put_back(const char *path, const char *old);
static void refuse(struct haproxy *h, const char *what, const struct proc_result *result);
static void end(struct haproxy *h, enum haproxy_verdict verdict, const struct reload_result *result,
                const struct err *err);
static void forget(struct haproxy *h);

struct haproxy *haproxy_new(struct ev_loop *loop, const char *program, const char *dir, bool manage)
{
    struct haproxy *h = xcalloc(1, sizeof *h);

    h->loop = loop;
    h->program = xstrdup(program);
    h->dir = xstrdup(dir);
    h->cfg_path = xasprintf("%s/haproxy.cfg", dir);
    h->new_path = xasprintf("%s/haproxy.cfg.check", dir);
    h->map_path = xasprintf("%s/" RENDER_MAP, dir);
    h->stats_path = xasprintf("%s/haproxy.sock", dir);
    h->master_path = xasprintf("%s/master.sock", dir);
    h->master_spec = xasprintf("%s/master.sock,mode,600", dir);
    h->pid_path = xasprintf("%s/haproxy.pid", dir);
    h->manage = manage;
    return h;
}

void haproxy_free(struct haproxy *h)
{
    if (!h)
        return;
    proc_cancel(h->proc);
    reload_cancel(h->reload);
    forget(h);
    free(h->program);
    free(h->dir);
    free(h->cfg_path);
    free(h->new_path);
    free(h->map_path);
    free(h->stats_path);
    free(h->master_path);
    free(h->master_spec);
    free(h->pid_path);
    free(h);
}

const char *haproxy_cfg_path(const struct haproxy *h)
{
    return h->cfg_path;
}

const char *haproxy_map_path(const struct haproxy *h)
{
    return h->map_path;
}

const char *haproxy_stats_path(const struct haproxy *h)
{
    return h->stats_path;
}

pid_t haproxy_master(const struct haproxy *h)
{
    CLEAN(free_str) char *text = file_read(h->pid_path, 32, NULL, NULL);
    int pid;

    if (!text || sscanf(text, "%9d", &pid) != 1 || pid <= 1)
        return 0;
    CLEAN(free_str) char *path = xasprintf("/proc/%d/cmdline", pid);
    size_t len;
    CLEAN(free_str) char *cmdline = file_read(path, CMDLINE_MAX, &len, NULL);
    /* Pids are used again: it must be a program that was given our file. */
    return cmdline && memmem(cmdline, len, h->cfg_path, strlen(h->cfg_path) + 1) ? pid : 0;
}

void haproxy_load(struct haproxy *h, const struct haproxy_load *load)
{
    CLEAN(err) struct err *err = NULL;

    h->load = *load;
    h->cfg = xstrdup(load->cfg);
    h->map = xstrdup(load->map);
    if (remember(h, &err) || file_replace(h->new_path, h->cfg, strlen(h->cfg), FILES_MODE, &err))
        end(h, HAPROXY_BROKEN, NULL, err);
    else
        check(h);
}

void haproxy_start(struct haproxy *h,
                   void (*on_done)(void *arg, enum haproxy_verdict verdict,
                                   const struct reload_result *result, const struct err *err),
                   void *arg)
{
    h->load = (struct haproxy_load){.on_done = on_done, .arg = arg};
    start(h);
}

static void check(struct haproxy *h)
{
    const char *argv[] = {h->program, "-c", "-f", h->new_path, NULL};
    CLEAN(err) struct err *err = NULL;

    h->proc = proc_run(h->loop, argv, CHECK_TIMEOUT, on_checked, h, &err);
    if (!h->proc)
        end(h, HAPROXY_BROKEN, NULL, err);
}

static void on_checked(void *arg, const struct proc_result *result)
{
    struct haproxy *h = arg;
    CLEAN(err) struct err *err = NULL;

    h->proc = NULL;
    unlink(h->new_path);
    if (result->status || result->timed_out)
        refuse(h, "HAProxy refuses the configuration", result);
    else if (swap(h, &err))
        end(h, HAPROXY_BROKEN, NULL, err);
    else
        bring_up(h);
}

/* Keeps the last good files for a roll-back. HAProxy checks no configuration whose map is missing,
 * so the first map is written before the check. */
static int remember(struct haproxy *h, struct err **err)
{
    if (read_old(h->cfg_path, &h->old_cfg, err) || read_old(h->map_path, &h->old_map, err))
        return -1;
    return h->old_map ? 0 : file_replace(h->map_path, h->map, strlen(h->map), FILES_MODE, err);
}

static int read_old(const char *path, char **ret, struct err **err)
{
    struct err *why = NULL;

    *ret = file_read(path, FILES_MAX, NULL, &why);
    if (*ret || err_code(why) == ENOENT) {
        err_free(why);
        return 0;
    }
    *err = why;
    return -1;
}

static int swap(struct haproxy *h, struct err **err)
{
    if (!file_replace(h->map_path, h->map, strlen(h->map), FILES_MODE, err) &&
        !file_replace(h->cfg_path, h->cfg, strlen(h->cfg), FILES_MODE, err))
        return 0;
    roll_back(h);
    return -1;
}

/* A master that lives without a worker that answers is asked to reload too. */
static void bring_up(struct haproxy *h)
{
    if (h->load.worker || haproxy_master(h))
        h->reload = reload_start(h->loop, &(struct reload_call){
                                              .master_path = h->master_path,
                                              .stats_path = h->stats_path,
                                              .worker = h->load.worker,
                                              .on_done = on_reloaded,
                                              .arg = h,
                                          });
    else if (h->manage)
        start(h);
    else
        end(h, HAPROXY_WRITTEN, NULL, NULL);
}

static void start(struct haproxy *h)
{
    const char *argv[] = {h->program, "-W",        "-S", h->master_spec, "-D",
                          "-p",       h->pid_path, "-f", h->cfg_path,    NULL};
    CLEAN(err) struct err *err = NULL;

    h->proc = proc_run(h->loop, argv, START_TIMEOUT, on_started, h, &err);
    if (!h->proc)
        end(h, HAPROXY_BROKEN, NULL, err);
}

static void on_started(void *arg, const struct proc_result *result)
{
    struct haproxy *h = arg;

    h->proc = NULL;
    if (!result->status && !result->timed_out) {
        end(h, HAPROXY_LOADED, NULL, NULL);
        return;
    }
    roll_back(h);
    refuse(h, "HAProxy does not start", result);
}

static void on_reloaded(void *arg, const struct reload_result *result, const struct err *err)
{
    struct haproxy *h = arg;

    h->reload = NULL;
    if (!result)
        roll_back(h);
    end(h, result ? HAPROXY_LOADED : HAPROXY_REFUSED, result, err);
}

/* Nothing to do where only a start with the old files was tried. What cannot be put back is found
 * by the next pass, which compares the files with what runs. */
static void roll_back(struct haproxy *h)
{
    if (!h->cfg)
        return;
    put_back(h->cfg_path, h->old_cfg);
    put_back(h->map_path, h->old_map);
}

static void put_back(const char *path, const char *old)
{
    if (old)
        file_replace(path, old, strlen(old), FILES_MODE, NULL);
    else
        unlink(path);
}

static void refuse(struct haproxy *h, const char *what, const struct proc_result *result)
{
    CLEAN(err) struct err *err = NULL;
    CLEAN(free_str) char *alert = alert_first(result->output, result->len);

    if (result->timed_out)
        err_set(&err, "%s: it took too long", what);
    else
        err_set(&err, "%s: %s", what, alert);
    end(h, HAPROXY_REFUSED, NULL, err);
}

/* The operation is over before the callback, which may begin the next one. */
static void end(struct haproxy *h, enum haproxy_verdict verdict, const struct reload_result *result,
                const struct err *err)
{
    struct haproxy_load load = h->load;

    forget(h);
    load.on_done(load.arg, verdict, result, err);
}

static void forget(struct haproxy *h)
{
    free(h->cfg);
    free(h->map);
    free(h->old_cfg);
    free(h->old_map);
    h->cfg = h->map = h->old_cfg = h->old_map = NULL;
    h->load = (struct haproxy_load){0};
}
