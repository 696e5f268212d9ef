#include "lib/notify.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int address_of(const char *path, struct sockaddr_un *ret, socklen_t *ret_len);
static bool read_number(const char *name, unsigned long long *ret);

int notify_send(const char *state, struct err **err)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address;
    socklen_t len;

    if (!path || !*path)
        return 0;
    if (address_of(path, &address, &len))
        return err_set(err, "NOTIFY_SOCKET=%s is no path of a socket", path);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_set_errno(err, errno, "socket for NOTIFY_SOCKET=%s", path);
    ssize_t sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, len);
    int code = errno;
    close(fd);
    return sent < 0 ? err_set_errno(err, code, "NOTIFY_SOCKET=%s", path) : 0;
}

double notify_watchdog(void)
{
    unsigned long long usec, pid;

    if (!read_number("WATCHDOG_USEC", &usec))
        return 0.;
    if (getenv("WATCHDOG_PID") &&
        (!read_number("WATCHDOG_PID", &pid) || pid != (unsigned long long)getpid()))
        return 0.;
    return (double)usec / 1e6;
}

/* A leading '@' stands for the zero byte of an abstract address. */
static int address_of(const char *path, struct sockaddr_un *ret, socklen_t *ret_len)
{
    size_t len = strlen(path);

    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    if ((*path != '/' && *path != '@') || len < 2 || len >= sizeof ret->sun_path)
        return -1;
    memcpy(ret->sun_path, path, len);
    *ret_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    if (*path == '@')
        ret->sun_path[0] = '\0';
    else
        (*ret_len)++;
    return 0;
}

static bool read_number(const char *name, unsigned long long *ret)
{
    const char *text = getenv(name);
    char *end;

    if (!text || *text < '0' || *text > '9')
        return false;
    errno = 0;
    *ret = strtoull(text, &end, 10);
    return !errno && !*end && *ret > 0;
}
