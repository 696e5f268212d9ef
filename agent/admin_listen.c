#include "agent/admin_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/xmalloc.h"

#define BACKLOG 512
#define NOT_OTHERS 0117 /* umask: 0660 */

static int parse_address(const char *address, struct sockaddr_in *ret, struct err **err);
static int make_room(const struct sockaddr_un *where, struct err **err);
static int bind_unix(int fd, const struct sockaddr_un *where);

int admin_listen_at(const char *address, bool is_early, struct err **err)
{
    struct sockaddr_in where;
    int on = 1, early = is_early;

    if (parse_address(address, &where, err))
        return -1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_set_errno(err, errno, "cannot listen on %s", address);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &early, sizeof early);
    if (!bind(fd, (struct sockaddr *)&where, sizeof where) && !listen(fd, BACKLOG))
        return fd;
    err_set_errno(err, errno, "cannot listen on %s (does another berth agent run? [agent] %s)",
                  address, is_early ? "self" : "admin");
    close(fd);
    return -1;
}

int admin_listen_unix(const char *path, struct err **err)
{
    struct sockaddr_un where = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof where.sun_path)
        return err_set(err,
                       "[agent] admin_socket: %s is longer than the %zu bytes that a socket's path "
                       "may have; choose a shorter one",
                       path, sizeof where.sun_path - 1);
    memcpy(where.sun_path, path, strlen(path));
    if (file_make_dirs_of(path, 0755, err) || make_room(&where, err))
        return err_wrap(err, "[agent] admin_socket");
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_set_errno(err, errno, "cannot listen on %s", path);
    if (!bind_unix(fd, &where) && !listen(fd, BACKLOG))
        return fd;
    err_set_errno(err, errno, "[agent] admin_socket: cannot listen on %s", path);
    close(fd);
    return -1;
}

static int parse_address(const char *address, struct sockaddr_in *ret, struct err **err)
{
    struct sockaddr_in where = {.sin_family = AF_INET};
    const char *colon = strrchr(address, ':');
    unsigned port;

    if (colon && sscanf(colon, ":%u", &port) == 1 && port <= 65535) {
        CLEAN(free_str) char *host = xstrndup(address, (size_t)(colon - address));
        where.sin_port = htons((uint16_t)port);
        if (inet_pton(AF_INET, host, &where.sin_addr) == 1) {
            *ret = where;
            return 0;
        }
    }
    return err_set(err, "%s is no address and port", address);
}

/* Removes the socket of a dead process. One that is alive but busy answers EAGAIN. */
static int make_room(const struct sockaddr_un *where, struct err **err)
{
    struct stat st;

    if (lstat(where->sun_path, &st))
        return errno == ENOENT ? 0 : err_set_errno(err, errno, "%s", where->sun_path);
    if (!S_ISSOCK(st.st_mode))
        return err_set(err,
                       "%s is there already, and is no socket; remove it, or choose another "
                       "path",
                       where->sun_path);
    CLEAN(close_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_set_errno(err, errno, "cannot make a socket");
    if (!connect(fd, (const struct sockaddr *)where, sizeof *where) || errno != ECONNREFUSED)
        return err_set(err, "somebody answers at %s already: does another berth agent run?",
                       where->sun_path);
    if (unlink(where->sun_path) && errno != ENOENT)
        return err_set_errno(err, errno, "cannot replace %s", where->sun_path);
    return 0;
}

/* The umask makes the mode right from the first moment. */
static int bind_unix(int fd, const struct sockaddr_un *where)
{
    mode_t before = umask(NOT_OTHERS);
    int result = bind(fd, (const struct sockaddr *)where, sizeof *where);
    int code = errno;

    umask(before);
    errno = code;
    return result;
}
