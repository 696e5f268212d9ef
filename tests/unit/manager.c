#include "tests/unit/manager.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char *path_of(void)
{
    static char path[64];

    snprintf(path, sizeof path, "/tmp/berth-test-manager-%d", (int)getpid());
    return path;
}

int manager_start(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    memcpy(address.sun_path, path_of(), strlen(path_of()));
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
        abort();
    setenv("NOTIFY_SOCKET", path_of(), 1);
    return fd;
}

void manager_stop(int socket)
{
    close(socket);
    unlink(path_of());
}

const char *manager_hear(int socket, int *ret_fd)
{
    static char text[512];
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    struct iovec data = {.iov_base = text, .iov_len = sizeof text - 1};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    ssize_t len = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);

    *ret_fd = -1;
    if (len < 0)
        return NULL;
    text[len] = '\0';
    const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_type == SCM_RIGHTS)
        memcpy(ret_fd, CMSG_DATA(header), sizeof *ret_fd);
    return text;
}
