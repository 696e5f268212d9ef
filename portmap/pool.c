#include "portmap/pool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/clean.h"
#include "lib/file.h"
#include "lib/mesos.h"
#include "lib/mesos_process.h"
#include "lib/xmalloc.h"

#define LOCAL_RANGE "/proc/sys/net/ipv4/ip_local_port_range"
#define RESERVED "/proc/sys/net/ipv4/ip_local_reserved_ports"
#define RESERVED_MAX (1024 * 1024)      /* bytes */
#define LOCAL_RANGE_SIZE 64             /* bytes */
#define ARGUMENTS_MAX (4 * 1024 * 1024) /* bytes of a program's arguments */

static int read_reserved(struct portset *ret, struct err **err);
static int write_reserved(const struct portset *ports, struct err **err);
static int check_local_range(const struct portset *pool, struct err **err);
static int check_mesos(const struct portset *pool, struct err **err);
static int check_process(int pid, const struct portset *pool, struct err **err);
static bool is_mesos_agent(int pid);
static bool is_elsewhere(int pid);
static int refuse(const struct portset *pool, const struct portset *others, const char *whose,
                  struct err **err);

int pool_check(const struct portset *pool, struct err **err)
{
    return check_local_range(pool, err) || check_mesos(pool, err) ? -1 : 0;
}

int pool_reserve(const struct portset *pool, struct undo *undo, struct err **err)
{
    struct portset reserved, missing = *pool;

    if (read_reserved(&reserved, err) < 0)
        return -1;
    portset_remove_set(&missing, &reserved);
    if (!portset_size(&missing))
        return 0;
    undo_note_reserved(undo, &missing);
    portset_add_set(&reserved, pool);
    return write_reserved(&reserved, err);
}

int pool_release(const struct portset *ports, bool dry_run, struct portset *ret, struct err **err)
{
    struct portset reserved, left;

    if (read_reserved(&reserved, err) < 0)
        return -1;
    left = reserved;
    portset_remove_set(&left, ports);
    portset_remove_set(&reserved, &left);
    if (!dry_run && portset_size(&reserved) && write_reserved(&left, err) < 0)
        return -1;
    *ret = reserved;
    return 0;
}

static int read_reserved(struct portset *ret, struct err **err)
{
    CLEAN(free_str) char *text = file_read(RESERVED, RESERVED_MAX, NULL, err);

    if (!text)
        return -1;
    *ret = (struct portset){{0}};
    portset_read(ret, text);
    return 0;
}

/* The end of the line makes an empty list something to write. */
static int write_reserved(const struct portset *ports, struct err **err)
{
    CLEAN(free_str) char *list = portset_format(ports);
    CLEAN(free_str) char *line = xasprintf("%s\n", list);
    CLEAN(close_fd) int fd = open(RESERVED, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, line, strlen(line)) < 0)
        return err_set_errno(err, errno, "cannot write " RESERVED);
    return 0;
}

static int check_local_range(const struct portset *pool, struct err **err)
{
    CLEAN(free_str) char *text = file_read(LOCAL_RANGE, LOCAL_RANGE_SIZE, NULL, NULL);
    struct portset local = {0};
    unsigned low, high;

    if (!text || sscanf(text, "%u %u", &low, &high) != 2)
        return 0;
    portset_add(&local, low, high);
    return refuse(pool, &local,
                  "the ports of this host's outgoing connections (sysctl "
                  "net.ipv4.ip_local_port_range)",
                  err);
}

static int check_mesos(const struct portset *pool, struct err **err)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    int r = 0, pid;

    while (proc && !r && (entry = readdir(proc)))
        if (sscanf(entry->d_name, "%d", &pid) == 1)
            r = check_process(pid, pool, err);
    if (proc)
        closedir(proc);
    return r;
}

/* A program that ends meanwhile is no error. */
static int check_process(int pid, const struct portset *pool, struct err **err)
{
    struct portset ports = {0};

    if (!is_mesos_agent(pid) || is_elsewhere(pid))
        return 0;
    CLEAN(free_str) char *resources = mesos_process_resources("", pid);
    CLEAN(free_str)
    char *whose = xasprintf("the ports that the Mesos agent with pid %d gives to its tasks "
                            "(--resources)",
                            pid);
    mesos_ports(resources, &ports);
    return refuse(pool, &ports, whose, err);
}

static bool is_mesos_agent(int pid)
{
    CLEAN(free_str) char *path = xasprintf("/proc/%d/cmdline", pid);
    CLEAN(free_str) char *arguments = file_read(path, ARGUMENTS_MAX, NULL, NULL);

    return arguments && mesos_is_agent(arguments);
}

/* In another network namespace ports are other ports. */
static bool is_elsewhere(int pid)
{
    CLEAN(free_str) char *path = xasprintf("/proc/%d/ns/net", pid);
    char ours[64], its[64];
    ssize_t a = readlink("/proc/self/ns/net", ours, sizeof ours);
    ssize_t b = readlink(path, its, sizeof its);

    return a > 0 && b > 0 && (a != b || memcmp(ours, its, (size_t)a) != 0);
}

static int refuse(const struct portset *pool, const struct portset *others, const char *whose,
                  struct err **err)
{
    CLEAN(free_str) char *text = portset_format(pool);
    struct portrange common, theirs;

    if (!portset_overlap(pool, others, &common))
        return 0;
    for (unsigned from = 0; portset_range(others, from, &theirs); from = theirs.last + 1)
        if (theirs.last >= common.first)
            break;
    return err_set(err, "[portmap] pool = %s meets %u-%u, %s: choose a pool outside it", text,
                   theirs.first, theirs.last, whose);
}
