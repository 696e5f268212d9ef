#include "agent/doctor_fix.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "agent/host_read.h"
#include "lib/xmalloc.h"

#define OLD_MAX 65536 /* bytes of a value before; a list of ports may be long */

static void apply(const struct finding_fix *fix, const char *root, struct doctor_fixes *ret);
static int write_value(const char *path, const char *value);

void doctor_fix(const struct findings *l, const char *root, struct doctor_fixes *ret)
{
    for (size_t i = 0; i < l->n; i++)
        for (size_t k = 0; k < l->v[i].n_fixes; k++)
            apply(&l->v[i].fixes[k], root, ret);
}

static void apply(const struct finding_fix *fix, const char *root, struct doctor_fixes *ret)
{
    CLEAN(free_str) char *path = xasprintf("%s/%s", root, fix->path);
    CLEAN(free_str) char *old = host_read_file(root, fix->path, OLD_MAX, NULL, NULL);

    if (old)
        old[strcspn(old, "\n")] = '\0';
    if (old && !strcmp(old, fix->value))
        return;
    int code = write_value(path, fix->value);
    if (code)
        strv_add_take(&ret->failed, xasprintf("%s = %s: %s", path, fix->value, strerror(code)));
    else
        strv_add_take(&ret->done, xasprintf("%s = %s (it was %s)", path, fix->value,
                                            old && *old ? old : "empty"));
}

/* In one write(), as the kernel wants it. Returns 0, or an errno value. */
static int write_value(const char *path, const char *value)
{
    CLEAN(close_fd) int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    size_t len = strlen(value);

    if (fd < 0)
        return errno;
    errno = EIO;
    return write(fd, value, len) == (ssize_t)len ? 0 : errno;
}
