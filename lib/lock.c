#include "lib/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/clean.h"

static pid_t read_pid(int fd);
static int write_pid(int fd);

int lock_take(const char *path, pid_t *ret_pid, struct err **err)
{
    CLEAN(close_fd) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);

    if (fd < 0)
        return err_set_errno(err, errno, "cannot open %s", path);
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        int code = errno;

        if (code == EWOULDBLOCK)
            *ret_pid = read_pid(fd);
        return err_set_errno(err, code, "cannot lock %s", path);
    }
    if (write_pid(fd) < 0)
        return err_set_errno(err, errno, "cannot write %s", path);
    int held = fd;
    fd = -1;
    return held;
}

/* The holder writes it just after it has taken the lock: for a moment there may be none. */
static pid_t read_pid(int fd)
{
    char text[32] = "";
    int pid = 0;

    if (pread(fd, text, sizeof text - 1, 0) <= 0 || sscanf(text, "%9d", &pid) != 1)
        return 0;
    return pid;
}

static int write_pid(int fd)
{
    char text[32];
    int len = snprintf(text, sizeof text, "%d\n", (int)getpid());

    if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)len, 0) != len)
        return -1;
    return 0;
}
