#include "lb-template/haproxy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lb-template/alert.h"
#include "lb-template/backup.h"
#include "lb-template/reload_command.h"
#include "lib/clean.h"
#include "lib/file.h"
#include "lib/proc.h"
#include "lib/xmalloc.h"

#define CHECK_TIMEOUT 60.0 /* seconds for `haproxy -c` */
#define START_TIMEOUT 60.0 /* seconds until it is a daemon */
#define CMDLINE_MAX 4096   /* bytes of /proc/<pid>/cmdline */

struct haproxy {
    struct ev_loop *loop;
    const struct settings *settings;
    char *cfg_path, *new_path, *stats_path, *master_path, *master_spec, *pid_path;

    /* the operation under way */
    void (*on_checked)(void *arg, const struct proc_result *result, const struct err *err);
    void *check_arg;
    struct haproxy_load load;
    struct backup backup; /* the last good files */
    struct proc *proc;
    struct reload *reload;
    struct reload_command *command;
};

static void on_checked(void *arg, const struct proc_result *result);
static int put_in_place(struct haproxy *h, const struct files_wish *wish, struct err **err);
static void bring_up(struct haproxy *h);
static bool lives(const struct haproxy *h);
static void run_command(struct haproxy *h);
static void ask_master(struct haproxy *h);
static void start(struct haproxy *h);
static void on_started(void *arg, const struct proc_result *result);
static void on_reloaded(void *arg, const struct reload_result *result, const struct err *err);
static void on_commanded(void *arg, const struct reload_result *result, const struct err *err);
static void end(struct haproxy *h, enum haproxy_verdict verdict, const struct reload_result *result,
                const struct err *err);

struct haproxy *haproxy_new(struct ev_loop *loop, const struct settings *settings)
{
    struct haproxy *h = xcalloc(1, sizeof *h);
    const char *dir = settings->dir;

    h->loop = loop;
    h->settings = settings;
    h->cfg_path = xasprintf("%s/%s", dir, settings->file);
    h->new_path = xasprintf("%s/%s.check", dir, settings->file);
    h->stats_path = xasprintf("%s/haproxy.sock", dir);
    h->master_path = xasprintf("%s/master.sock", dir);
    h->master_spec = xasprintf("%s/master.sock,mode,600", dir);
    h->pid_path = xasprintf("%s/haproxy.pid", dir);
    return h;
}

void haproxy_free(struct haproxy *h)
{
    if (!h)
        return;
    proc_cancel(h->proc);
    reload_cancel(h->reload);
    reload_command_cancel(h->command);
    backup_drop(&h->backup);
    free(h->cfg_path);
    free(h->new_path);
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

const char *haproxy_stats_path(const struct haproxy *h)
{
    return h->stats_path;
}

const char *haproxy_check_path(const struct haproxy *h)
{
    return h->new_path;
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

void haproxy_check(struct haproxy *h, const struct files_wish *wish,
                   void (*on_done)(void *arg, const struct proc_result *result,
                                   const struct err *err),
                   void *arg)
{
    const char *argv[] = {h->settings->haproxy, "-c", "-f", h->new_path, NULL};
    CLEAN(err) struct err *err = NULL;

    h->on_checked = on_done;
    h->check_arg = arg;
    if (!files_make_maps(wish->rendering, &err) && !files_write_cfg(h->new_path, wish, false, &err))
        h->proc = proc_run(h->loop, argv, CHECK_TIMEOUT, on_checked, h, &err);
    if (!h->proc)
        on_done(arg, NULL, err);
}

bool haproxy_can_load(const struct haproxy *h, bool runs)
{
    const struct settings *s = h->settings;

    return s->manage || (s->reload.n && runs) ||
           (!s->reload.n && !s->sockets.n && (runs || haproxy_master(h)));
}

void haproxy_load(struct haproxy *h, const struct haproxy_load *load)
{
    CLEAN(err) struct err *err = NULL;

    h->load = *load;
    if (put_in_place(h, load->wish, &err)) {
        backup_restore(&h->backup);
        end(h, HAPROXY_BROKEN, NULL, err);
        return;
    }
    bring_up(h);
}

void haproxy_start(struct haproxy *h,
                   void (*on_done)(void *arg, enum haproxy_verdict verdict,
                                   const struct reload_result *result, const struct err *err),
                   void *arg)
{
    h->load = (struct haproxy_load){.on_done = on_done, .arg = arg};
    start(h);
}

static void on_checked(void *arg, const struct proc_result *result)
{
    struct haproxy *h = arg;

    h->proc = NULL;
    unlink(h->new_path);
    h->on_checked(h->check_arg, result, NULL);
}

/* The maps come first: a configuration without its map is no good. */
static int put_in_place(struct haproxy *h, const struct files_wish *wish, struct err **err)
{
    const struct rendering *r = wish->rendering;

    for (size_t i = 0; i < r->n_maps; i++)
        if (backup_keep(&h->backup, r->maps[i].path, err))
            return -1;
    if (backup_keep(&h->backup, h->cfg_path, err))
        return -1;
    return files_write_all(h->cfg_path, wish, err);
}

static void bring_up(struct haproxy *h)
{
    const struct settings *s = h->settings;
    bool by_master = !s->reload.n && !s->sockets.n;
    /* One that has not read our file yet has no socket of ours. */
    bool by_others = !s->manage && !s->sockets.n;

    if (s->reload.n && (lives(h) || by_others))
        run_command(h);
    else if (by_master && (lives(h) || (!s->manage && haproxy_master(h))))
        ask_master(h);
    else if (s->manage)
        start(h);
    else
        end(h, HAPROXY_WRITTEN, NULL, NULL);
}

static bool lives(const struct haproxy *h)
{
    for (size_t i = 0; i < h->load.n_workers; i++)
        if (h->load.workers[i].pid)
            return true;
    return false;
}

static void run_command(struct haproxy *h)
{
    h->command = reload_command_start(h->loop, &(struct reload_command_call){
                                                   .argv = &h->settings->reload,
                                                   .timeout = h->settings->reload_timeout,
                                                   .workers = h->load.workers,
                                                   .n_workers = h->load.n_workers,
                                                   .on_done = on_commanded,
                                                   .arg = h,
                                               });
}

static void ask_master(struct haproxy *h)
{
    h->reload = reload_start(h->loop, &(struct reload_call){
                                          .master_path = h->master_path,
                                          .stats_path = h->stats_path,
                                          .worker = h->load.workers[0].pid,
                                          .on_done = on_reloaded,
                                          .arg = h,
                                      });
}

/* One that lives and does not answer has lost its socket, which a reload would not make anew, or
 * hangs: the new one takes its place, and it ends when its connections have. */
static void start(struct haproxy *h)
{
    pid_t mute = haproxy_master(h);
    CLEAN(free_str) char *pid = xasprintf("%d", (int)mute);
    const char *argv[] = {h->settings->haproxy, "-W", "-S",        h->master_spec,      "-D", "-p",
                          h->pid_path,          "-f", h->cfg_path, mute ? "-sf" : NULL, pid,  NULL};
    CLEAN(err) struct err *err = NULL;

    h->proc = proc_run(h->loop, argv, START_TIMEOUT, on_started, h, &err);
    if (h->proc)
        return;
    backup_restore(&h->backup);
    end(h, HAPROXY_BROKEN, NULL, err);
}

static void on_started(void *arg, const struct proc_result *result)
{
    struct haproxy *h = arg;
    CLEAN(err) struct err *err = NULL;

    h->proc = NULL;
    if (!result->status && !result->timed_out) {
        end(h, HAPROXY_LOADED, NULL, NULL);
        return;
    }
    CLEAN(free_str) char *alert = alert_of(result->output, result->len, result->timed_out);
    err_set(&err, "HAProxy does not start: %s", alert);
    backup_restore(&h->backup);
    end(h, HAPROXY_REFUSED, NULL, err);
}

static void on_reloaded(void *arg, const struct reload_result *result, const struct err *err)
{
    struct haproxy *h = arg;

    h->reload = NULL;
    if (!result)
        backup_restore(&h->backup);
    end(h, result ? HAPROXY_LOADED : HAPROXY_REFUSED, result, err);
}

static void on_commanded(void *arg, const struct reload_result *result, const struct err *err)
{
    struct haproxy *h = arg;

    h->command = NULL;
    if (!lives(h)) {
        end(h, HAPROXY_WRITTEN, NULL, err);
        return;
    }
    if (!result)
        backup_restore(&h->backup);
    end(h, result ? HAPROXY_LOADED : HAPROXY_REFUSED, result, err);
}

/* The operation is over before the callback, which may begin the next one. Where only a start with
 * the old files was tried, there is no backup. */
static void end(struct haproxy *h, enum haproxy_verdict verdict, const struct reload_result *result,
                const struct err *err)
{
    struct haproxy_load load = h->load;

    backup_drop(&h->backup);
    h->load = (struct haproxy_load){0};
    load.on_done(load.arg, verdict, result, err);
}
