#include "lib/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/xmalloc.h"

static int open_secret(const char *path, struct err **err);
static int look_at(const struct stat *st, const char *path, struct err **err);

char *secret_read(const char *path, size_t limit, size_t *ret_len, struct err **err)
{
    CLEAN(close_fd) int fd = open_secret(path, err);

    return fd < 0 ? NULL : file_read_fd(fd, path, limit, ret_len, err);
}

int secret_check(const char *path, struct err **err)
{
    CLEAN(close_fd) int fd = open_secret(path, err);

    return fd < 0 ? -1 : 0;
}

char *secret_take_argument(char *argument)
{
    char *copy = xstrdup(argument);

    memset(argument, 'x', strlen(argument));
    return copy;
}

/* What is opened is what is looked at. A FIFO is not waited for. */
static int open_secret(const char *path, struct err **err)
{
    CLEAN(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;

    if (fd < 0 || fstat(fd, &st))
        return err_set_errno(err, errno, "cannot read %s", path);
    if (look_at(&st, path, err))
        return -1;
    int result = fd;
    fd = -1;
    return result;
}

static int look_at(const struct stat *st, const char *path, struct err **err)
{
    if (!S_ISREG(st->st_mode))
        return err_set(err, "%s is no regular file, as one with a secret must be", path);
    if (st->st_uid && st->st_uid != geteuid())
        return err_set(err,
                       "%s holds a secret and belongs to another user (uid %u): chown it to root, "
                       "or to uid %u",
                       path, (unsigned)st->st_uid, (unsigned)geteuid());
    if (st->st_mode & (S_IRWXO | S_IWGRP))
        return err_set(err, "%s holds a secret and has mode %04o: chmod g-w,o= %s", path,
                       (unsigned)(st->st_mode & 07777), path);
    return 0;
}
