#include "agent/host_haproxy.h"

#include <dirent.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/host_read.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"

#define STAT_MAX 4096 /* bytes of /proc/PID/stat */

static int read_parent(const char *root, int pid);
static void read_ports(const struct host *h, const char *root, struct host_process *p);
static void add_port(const struct host *h, unsigned long inode, struct host_process *p);

void host_read_haproxy(struct host *h, const char *root)
{
    for (size_t i = 0; i < h->n_processes; i++) {
        if (h->processes[i].role != HOST_HAPROXY)
            continue;
        h->processes[i].parent = read_parent(root, h->processes[i].pid);
        read_ports(h, root, &h->processes[i]);
    }
}

/* The name stands in parentheses, and may have any. */
static int read_parent(const char *root, int pid)
{
    CLEAN(free_str) char *path = xasprintf("proc/%d/stat", pid);
    CLEAN(free_str) char *text = host_read_file(root, path, STAT_MAX, NULL, NULL);
    const char *end = text ? strrchr(text, ')') : NULL;
    int parent;

    return end && sscanf(end, ") %*c %9d", &parent) == 1 ? parent : 0;
}

static void read_ports(const struct host *h, const char *root, struct host_process *p)
{
    CLEAN(free_str) char *path = xasprintf("%s/proc/%d/fd", root, p->pid);
    DIR *dir = opendir(path);
    const struct dirent *d;

    p->ports_lost = !dir;
    for (int i = 0; dir && i < HOST_FDS_MAX && (d = readdir(dir)); i++) {
        char target[64];
        unsigned long inode;
        ssize_t len = readlinkat(dirfd(dir), d->d_name, target, sizeof target - 1);

        if (len <= 0)
            continue;
        target[len] = '\0';
        if (sscanf(target, "socket:[%lu]", &inode) == 1)
            add_port(h, inode, p);
    }
    if (dir)
        closedir(dir);
}

static void add_port(const struct host *h, unsigned long inode, struct host_process *p)
{
    for (size_t i = 0; i < h->listeners.n; i++) {
        const struct procfs_listener *l = &h->listeners.v[i];

        if (l->inode != inode || l->protocol != IPPROTO_TCP)
            continue;
        p->ports = xgrow(p->ports, p->n_ports, &p->cap_ports, sizeof *p->ports);
        p->ports[p->n_ports++] = l->port;
        return;
    }
}
