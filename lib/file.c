#include "lib/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file_writer.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

static int make_dir(const char *path, mode_t mode, struct err **err);

int file_replace(const char *path, const void *data, size_t len, mode_t mode, struct err **err)
{
    CLEAN(file_writer) struct file_writer *w = file_writer_new(path, mode, err);

    if (!w || file_writer_add(w, data, len, err))
        return -1;
    return file_writer_commit(TAKE_PTR(w), err);
}

int file_replace_unsynced(const char *path, const void *data, size_t len, mode_t mode,
                          struct err **err)
{
    CLEAN(file_writer) struct file_writer *w = file_writer_new(path, mode, err);

    if (!w || file_writer_add(w, data, len, err))
        return -1;
    return file_writer_commit_unsynced(TAKE_PTR(w), err);
}

char *file_read(const char *path, size_t limit, size_t *ret_len, struct err **err)
{
    CLEAN(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd >= 0)
        return file_read_fd(fd, path, limit, ret_len, err);
    err_set_errno(err, errno, "cannot read %s", path);
    return NULL;
}

char *file_read_fd(int fd, const char *path, size_t limit, size_t *ret_len, struct err **err)
{
    CLEAN(sbuf) struct sbuf b = SBUF_INIT;
    char chunk[16384];

    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            err_set_errno(err, errno, "cannot read %s", path);
            return NULL;
        }
        if (!n)
            break;
        if (b.len + (size_t)n > limit) {
            err_set_code(err, EFBIG, "cannot read %s: it has more than %zu bytes", path, limit);
            return NULL;
        }
        sbuf_add(&b, chunk, (size_t)n);
    }
    if (ret_len)
        *ret_len = b.len;
    return sbuf_take(&b);
}

int file_make_dirs(const char *path, mode_t mode, struct err **err)
{
    CLEAN(free_str) char *p = xstrdup(path);

    for (char *slash = p + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        if (make_dir(p, mode, err))
            return -1;
        *slash = '/';
    }
    return make_dir(p, mode, err);
}

int file_make_dirs_of(const char *path, mode_t mode, struct err **err)
{
    const char *slash = strrchr(path, '/');
    CLEAN(free_str) char *dir = xstrndup(path, slash ? (size_t)(slash - path) : 0);

    return *dir ? file_make_dirs(dir, mode, err) : 0;
}

static int make_dir(const char *path, mode_t mode, struct err **err)
{
    struct stat st;

    if (!mkdir(path, mode) || (errno == EEXIST && !stat(path, &st) && S_ISDIR(st.st_mode)))
        return 0;
    return err_set_errno(err, errno, "cannot make directory %s", path);
}
