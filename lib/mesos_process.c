#include "lib/mesos_process.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "lib/file.h"
#include "lib/mesos.h"
#include "lib/xmalloc.h"

#define STRINGS_MAX (4 * 1024 * 1024) /* bytes of arguments, or of the environment */
#define FILE_MAX (1024 * 1024)        /* bytes of a file of resources */

static char *read_of(const char *root, int pid, const char *name, size_t *ret_len);
static char *read_regular(const char *path);

char *mesos_process_resources(const char *root, int pid)
{
    size_t arguments_len, environment_len;
    CLEAN(free_str) char *arguments = read_of(root, pid, "cmdline", &arguments_len);
    CLEAN(free_str) char *environment = read_of(root, pid, "environ", &environment_len);
    const char *said = mesos_resources(arguments, arguments_len, environment, environment_len);
    const char *file = said ? mesos_file(said) : NULL;

    if (!file)
        return said ? xstrdup(said) : NULL;
    CLEAN(free_str) char *path = xasprintf("%s/proc/%d/root%s", root, pid, file);
    char *content = read_regular(path);
    return content ? content : xstrdup(said);
}

/* Never NULL: what cannot be read is empty. */
static char *read_of(const char *root, int pid, const char *name, size_t *ret_len)
{
    CLEAN(free_str) char *path = xasprintf("%s/proc/%d/%s", root, pid, name);
    char *text = file_read(path, STRINGS_MAX, ret_len, NULL);

    if (text)
        return text;
    *ret_len = 0;
    return xstrdup("");
}

/* Anybody can be called mesos-agent and name any file: a device is not even opened. */
static char *read_regular(const char *path)
{
    CLEAN(close_fd) int fd = open(path, O_PATH | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return NULL;
    CLEAN(free_str) char *opened = xasprintf("/proc/self/fd/%d", fd);
    return file_read(opened, FILE_MAX, NULL, NULL);
}
