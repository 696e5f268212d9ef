#include "agent/mlb_answers.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clean.h"
#include "lib/file.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

#define PLAIN "text/plain"
#define STAT_MAX 4096
#define PIDS_MAX 4096

struct process {
    int pid, parent;
};

static void answer_file(const struct mlb_answers *a, const char *name, struct admin_request *r);
static void answer_signal(const struct mlb_answers *a, int signum, struct admin_request *r);
static char *list_pids(void);
static bool read_haproxy(const char *pid, struct process *ret);
static bool is_here(const char *pid);
static bool is_among(const struct process *v, size_t n, int pid);

static void answer_config(void *arg, const char *path, struct admin_request *r)
{
    const struct mlb_answers *a = arg;

    (void)path;
    answer_file(a, a->config, r);
}

static void answer_vhosts(void *arg, const char *path, struct admin_request *r)
{
    (void)path;
    answer_file(arg, "domain2backend.map", r);
}

static void answer_apps(void *arg, const char *path, struct admin_request *r)
{
    (void)path;
    answer_file(arg, "app2backend.map", r);
}

static void answer_pids(void *arg, const char *path, struct admin_request *r)
{
    (void)arg;
    (void)path;
    admin_reply(r, 200, PLAIN, list_pids());
}

static void answer_hup(void *arg, const char *path, struct admin_request *r)
{
    (void)path;
    answer_signal(arg, SIGHUP, r);
}

static void answer_usr1(void *arg, const char *path, struct admin_request *r)
{
    (void)path;
    answer_signal(arg, SIGUSR1, r);
}

static void answer_metrics(void *arg, const char *path, struct admin_request *r)
{
    const struct mlb_answers *a = arg;

    (void)path;
    admin_reply(r, 200, "text/plain; version=0.0.4", a->metrics(a->arg));
}

/* marathon-lb takes signals by GET, and so do those who send them. */
static const struct admin_path paths[] = {
    {"/_haproxy_getconfig", ADMIN_READ, answer_config},
    {"/_haproxy_getvhostmap", ADMIN_READ, answer_vhosts},
    {"/_haproxy_getappmap", ADMIN_READ, answer_apps},
    {"/_haproxy_getpids", ADMIN_READ, answer_pids},
    {"/_mlb_signal/hup", ADMIN_READ, answer_hup},
    {"/_mlb_signal/usr1", ADMIN_READ, answer_usr1},
    {"/metrics", ADMIN_READ, answer_metrics},
};

struct admin *mlb_answers_new(struct ev_loop *loop, const char *address, struct mlb_answers *a,
                              struct err **err)
{
    const struct admin_config config = {
        .address = address, .paths = paths, .n_paths = ARRAY_LEN(paths), .arg = a};

    return admin_new(loop, &config, err);
}

/* A map that is not used is empty. */
static void answer_file(const struct mlb_answers *a, const char *name, struct admin_request *r)
{
    CLEAN(free_str) char *path = xasprintf("%s/%s", a->dir, name);
    CLEAN(err) struct err *err = NULL;
    char *text = file_read(path, (size_t)64 * 1024 * 1024, NULL, &err);

    if (text || err_code(err) == ENOENT)
        admin_reply(r, 200, PLAIN, text ? text : xstrdup(""));
    else
        admin_reply(r, 500, PLAIN, xasprintf("%s\n", err_msg(err)));
}

static void answer_signal(const struct mlb_answers *a, int signum, struct admin_request *r)
{
    a->signal(a->arg, signum);
    admin_reply(
        r, 200, PLAIN,
        xstrdup(signum == SIGHUP ? "Marathon's apps are read again\n" : "HAProxy is reloaded\n"));
}

/* The workers of this network namespace; a process without children counts as one. Who deploys
 * waits for a single one. */
static char *list_pids(void)
{
    struct process v[PIDS_MAX];
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    const struct dirent *e;
    size_t n = 0;
    DIR *dir = opendir("/proc");

    sbuf_adds(&text, "");
    while (dir && n < PIDS_MAX && (e = readdir(dir)))
        n += e->d_name[0] >= '1' && e->d_name[0] <= '9' && read_haproxy(e->d_name, &v[n]);
    if (dir)
        closedir(dir);
    for (size_t i = 0; i < n; i++) {
        bool has_child = false;

        for (size_t k = 0; k < n; k++)
            has_child |= v[k].parent == v[i].pid;
        if (is_among(v, n, v[i].parent) || !has_child)
            sbuf_addf(&text, "%s%d", text.len ? " " : "", v[i].pid);
    }
    sbuf_addch(&text, '\n');
    return sbuf_take(&text);
}

/* "4711 (haproxy) S 4700 ..." */
static bool read_haproxy(const char *pid, struct process *ret)
{
    CLEAN(free_str) char *path = xasprintf("/proc/%s/stat", pid);
    CLEAN(free_str) char *text = file_read(path, STAT_MAX, NULL, NULL);
    char state;

    return text && sscanf(text, "%d (haproxy) %c %d", &ret->pid, &state, &ret->parent) == 3 &&
           state != 'Z' && is_here(pid);
}

static bool is_here(const char *pid)
{
    CLEAN(free_str) char *path = xasprintf("/proc/%s/ns/net", pid);
    char own[64] = "", other[64] = "";

    return readlink("/proc/self/ns/net", own, sizeof own - 1) > 0 &&
           readlink(path, other, sizeof other - 1) > 0 && !strcmp(own, other);
}

static bool is_among(const struct process *v, size_t n, int pid)
{
    for (size_t i = 0; i < n; i++)
        if (v[i].pid == pid)
            return true;
    return false;
}
