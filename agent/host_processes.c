#include "agent/host_processes.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/host_read.h"
#include "lib/mesos_process.h"
#include "lib/xmalloc.h"

#define NAME_MAX_LEN 64            /* bytes of a process's name; the kernel has 16 */
#define ARGUMENTS_MAX (128 * 1024) /* bytes of arguments; the rest is cut off */

static const struct {
    const char *name; /* of the process */
    enum host_role role;
} roles[] = {
    {"berth", HOST_AGENT},
    {"dockerd", HOST_DOCKERD},
    {"docker-proxy", HOST_DOCKER_PROXY},
    {"firewalld", HOST_FIREWALLD},
    {"haproxy", HOST_HAPROXY},
    {"mesos-agent", HOST_MESOS},
    {"mesos-slave", HOST_MESOS},
    {"lt-mesos-agent", HOST_MESOS},
    {"lt-mesos-slave", HOST_MESOS},
};

static void read_process(struct host *h, const char *root, int pid);
static bool is_elsewhere(const char *root, int pid);
static ssize_t read_namespace(const char *root, const char *pid, char *ret, size_t size);
static int role_of(const char *root, int pid);
static void split(const char *text, size_t len, struct strv *ret);
static int compare(const void *a, const void *b);

void host_read_processes(struct host *h, const char *root)
{
    CLEAN(free_str) char *path = xasprintf("%s/proc", root);
    DIR *dir = opendir(path);
    const struct dirent *d;
    bool first = false;

    for (int i = 0; dir && i < HOST_PROCESSES_MAX && (d = readdir(dir)); i++) {
        char *end;
        long pid = strtol(d->d_name, &end, 10);

        first |= pid == 1 && !*end;
        if (pid > 0 && !*end && h->n_processes < HOST_ROLES_MAX)
            read_process(h, root, (int)pid);
    }
    if (dir)
        closedir(dir);
    /* The first process is always there: where /proc hides it, it hides others, too. */
    if (!first)
        h->processes_lost = xasprintf("%s does not show every process", path);
    if (h->n_processes)
        qsort(h->processes, h->n_processes, sizeof *h->processes, compare);
}

static void read_process(struct host *h, const char *root, int pid)
{
    int role = role_of(root, pid);
    CLEAN(free_str) char *path = xasprintf("proc/%d/cmdline", pid);
    size_t len;

    if (role < 0 || is_elsewhere(root, pid))
        return;
    CLEAN(free_str) char *text = host_read_file(root, path, ARGUMENTS_MAX, &len, NULL);
    struct host_process p = {.role = (enum host_role)role, .pid = pid};
    if (text)
        split(text, len, &p.args);
    if (role == HOST_AGENT && (p.args.n < 2 || strcmp(p.args.v[1], "agent"))) {
        strv_done(&p.args);
        return;
    }
    if (role == HOST_MESOS)
        p.resources = mesos_process_resources(root, pid);
    h->processes = xreallocarray(h->processes, h->n_processes + 1, sizeof *h->processes);
    h->processes[h->n_processes++] = p;
}

/* Where either namespace is not known, the process counts. */
static bool is_elsewhere(const char *root, int pid)
{
    CLEAN(free_str) char *its = xasprintf("%d", pid);
    char ours_id[64], its_id[64];
    ssize_t a = read_namespace(root, "self", ours_id, sizeof ours_id);
    ssize_t b = read_namespace(root, its, its_id, sizeof its_id);

    return a > 0 && b > 0 && (a != b || memcmp(ours_id, its_id, (size_t)a) != 0);
}

static ssize_t read_namespace(const char *root, const char *pid, char *ret, size_t size)
{
    CLEAN(free_str) char *path = xasprintf("%s/proc/%s/ns/net", root, pid);

    return readlink(path, ret, size);
}

/* Returns -1 for a process that does not matter. */
static int role_of(const char *root, int pid)
{
    CLEAN(free_str) char *path = xasprintf("proc/%d/comm", pid);
    CLEAN(free_str) char *name = host_read_file(root, path, NAME_MAX_LEN, NULL, NULL);

    if (!name)
        return -1;
    name[strcspn(name, "\n")] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(roles); i++)
        if (!strcmp(name, roles[i].name))
            return (int)roles[i].role;
    return -1;
}

/* Strings that end with a NUL each. */
static void split(const char *text, size_t len, struct strv *ret)
{
    while (len) {
        size_t part = strnlen(text, len);

        strv_addn(ret, text, part);
        part += part < len;
        text += part;
        len -= part;
    }
}

static int compare(const void *a, const void *b)
{
    const struct host_process *x = a, *y = b;

    return (x->pid > y->pid) - (x->pid < y->pid);
}
