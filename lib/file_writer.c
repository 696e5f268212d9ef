#include "lib/file_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/xmalloc.h"

struct file_writer {
    char *path;
    char *temp;
    int fd;
    off_t written;
};

static int commit(struct file_writer *w, bool sync, struct err **err);
static int write_all(int fd, const char *data, size_t len);

struct file_writer *file_writer_new(const char *path, mode_t mode, struct err **err)
{
    struct file_writer *w = xmalloc(sizeof *w);

    *w = (struct file_writer){.path = xstrdup(path), .temp = xasprintf("%s.new", path)};
    w->fd = open(w->temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    if (w->fd >= 0 && !fchmod(w->fd, mode))
        return w;
    err_set_errno(err, errno, "cannot write %s", w->temp);
    file_writer_free(w);
    return NULL;
}

int file_writer_add(struct file_writer *w, const void *data, size_t len, struct err **err)
{
    if (write_all(w->fd, data, len))
        return err_set_errno(err, errno, "cannot write %s", w->temp);
    sync_file_range(w->fd, w->written, (off_t)len, SYNC_FILE_RANGE_WRITE);
    w->written += (off_t)len;
    return 0;
}

int file_writer_commit(struct file_writer *w, struct err **err)
{
    return commit(w, true, err);
}

int file_writer_commit_unsynced(struct file_writer *w, struct err **err)
{
    return commit(w, false, err);
}

void file_writer_free(struct file_writer *w)
{
    if (!w)
        return;
    if (w->fd >= 0) {
        unlink(w->temp);
        close(w->fd);
    }
    free(w->temp);
    free(w->path);
    free(w);
}

static int commit(struct file_writer *w, bool sync, struct err **err)
{
    int status = 0;

    if (sync && fsync(w->fd))
        status = err_set_errno(err, errno, "cannot write %s", w->temp);
    else if (rename(w->temp, w->path))
        status = err_set_errno(err, errno, "cannot replace %s", w->path);
    if (!status) {
        close(w->fd);
        w->fd = -1; /* the temporary file is no more */
    }
    file_writer_free(w);
    return status;
}

static int write_all(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}
