#include "lib/notify.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/clean.h"

static int address_of(const char *path, struct sockaddr_un *ret, socklen_t *ret_len);
static bool read_number(const char *name, unsigned long long *ret);

int notify_send(const char *state, struct err **err)
{
    CLEAN(close_fd) int fd = -1;

    if (notify_open(&fd, err))
        return -1;
    return fd < 0 ? 0 : notify_send_fd(fd, state, -1, err);
}

int notify_open(int *ret_socket, struct err **err)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address;
    socklen_t len;

    *ret_socket = -1;
    if (!path || !*path)
        return 0;
    if (address_of(path, &address, &len))
        return err_set(err, "NOTIFY_SOCKET=%s is no path of a socket", path);
    CLEAN(close_fd) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_set_errno(err, errno, "socket for NOTIFY_SOCKET=%s", path);
    if (connect(fd, (struct sockaddr *)&address, len) < 0)
        return err_set_errno(err, errno, "NOTIFY_SOCKET=%s", path);
    *ret_socket = fd;
    fd = -1;
    return 0;
}

int notify_send_fd(int socket, const char *state, int fd, struct err **err)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {0};
    struct iovec text = {.iov_base = (char *)(uintptr_t)state, .iov_len = strlen(state)};
    struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1};

    if (fd >= 0) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(header), &fd, sizeof fd);
    }
    if (sendmsg(socket, &message, MSG_NOSIGNAL) < 0)
        return err_set_errno(err, errno, "the service manager's socket");
    return 0;
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
