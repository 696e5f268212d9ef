#include "portmap/pool.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/clean.h"
#include "lib/file.h"
#include "lib/xmalloc.h"
#include "portmap/mesos.h"
#include "portmap/portlist.h"

#define LOCAL_RANGE "/proc/sys/net/ipv4/ip_local_port_range"
#define RESERVED "/proc/sys/net/ipv4/ip_local_reserved_ports"
#define RESERVED_MAX (1024 * 1024) /* bytes */
#define LOCAL_RANGE_SIZE 64        /* bytes */
#define CMDLINE_MAX                                                                                \
    (128 * 1024) /* bytes of a program's arguments; longer ones are not looked at                  \
                  */

static int check_local_range(unsigned first, unsigned last, struct err **err);
static int check_mesos(unsigned first, unsigned last, struct err **err);
static int check_process(const char *pid, unsigned first, unsigned last, struct err **err);

int pool_check(unsigned first, unsigned last, struct err **err)
{
    return check_local_range(first, last, err) || check_mesos(first, last, err) ? -1 : 0;
}

int pool_reserve(unsigned first, unsigned last, struct err **err)
{
    CLEAN(free_str) char *before = file_read(RESERVED, RESERVED_MAX, NULL, err);
    CLEAN(free_str) char *after = before ? portlist_with(before, first, last) : NULL;

    if (!before)
        return -1;
    if (!after)
        return 0;
    CLEAN(close_fd) int fd = open(RESERVED, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set_errno(err, errno, "cannot open " RESERVED);
    if (write(fd, after, strlen(after)) < 0)
        return err_set_errno(err, errno, "cannot write " RESERVED);
    return 0;
}

static int check_local_range(unsigned first, unsigned last, struct err **err)
{
    CLEAN(free_str) char *text = file_read(LOCAL_RANGE, LOCAL_RANGE_SIZE, NULL, NULL);
    unsigned low, high;

    if (!text || sscanf(text, "%u %u", &low, &high) != 2 || last < low || first > high)
        return 0;
    return err_set(err,
                   "[portmap] pool = %u-%u meets %u-%u, the ports of this host's outgoing "
                   "connections (sysctl net.ipv4.ip_local_port_range): choose a pool outside it",
                   first, last, low, high);
}

static int check_mesos(unsigned first, unsigned last, struct err **err)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    int r = 0;

    while (proc && !r && (entry = readdir(proc)))
        if (isdigit((unsigned char)*entry->d_name))
            r = check_process(entry->d_name, first, last, err);
    if (proc)
        closedir(proc);
    return r;
}

/* A program that ends meanwhile is no error. */
static int check_process(const char *pid, unsigned first, unsigned last, struct err **err)
{
    CLEAN(free_str) char *path = xasprintf("/proc/%s/cmdline", pid);
    struct mesos_range ranges[MESOS_RANGES_MAX];
    size_t len;
    CLEAN(free_str) char *cmdline = file_read(path, CMDLINE_MAX, &len, NULL);
    size_t n = cmdline ? mesos_ranges(cmdline, len, ranges) : 0;

    for (size_t i = 0; i < n; i++)
        if (first <= ranges[i].last && last >= ranges[i].first)
            return err_set(err,
                           "[portmap] pool = %u-%u meets %u-%u, the ports that the Mesos agent "
                           "with pid %s gives to its tasks (--resources): choose a pool outside it",
                           first, last, ranges[i].first, ranges[i].last, pid);
    return 0;
}
