/* What a service manager hears, by the rules of sd_notify(3) and sd_watchdog_enabled(3). */
#include "lib/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

/* A manager's socket at 'path'; '@' begins an abstract one. */
static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));

    memcpy(address.sun_path, path, strlen(path));
    if (*path == '@')
        address.sun_path[0] = '\0';
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) < 0)
        abort();
    setenv("NOTIFY_SOCKET", path, 1);
    return fd;
}

static void heard(const char *path, const char *what)
{
    char text[64] = "";
    CLEAN(err) struct err *err = NULL;
    int fd = listen_at(path);

    is_int(notify_send("READY=1\nSTATUS=ready", &err), 0, "%s: sent", what);
    ok(read(fd, text, sizeof text - 1) > 0, "%s: heard", what);
    is_str(text, "READY=1\nSTATUS=ready", "%s: as said", what);
    close(fd);
}

static void sockets(void)
{
    CLEAN(err) struct err *none = NULL, *gone = NULL, *odd = NULL;
    CLEAN(free_str) char *path = xasprintf("/tmp/berth-test-notify-%d", (int)getpid());
    CLEAN(free_str) char *abstract = xasprintf("@berth-test-notify-%d", (int)getpid());

    unsetenv("NOTIFY_SOCKET");
    is_int(notify_send("READY=1", &none), 0, "no manager: nothing to say");
    heard(path, "a path");
    unlink(path);
    is_int(notify_send("READY=1", &gone), -1, "a manager that has gone");
    is_int(err_code(gone), ENOENT, "... is told as what it is");
    heard(abstract, "an abstract address");
    setenv("NOTIFY_SOCKET", "relative", 1);
    is_int(notify_send("READY=1", &odd), -1, "a relative path is refused");
}

static void watchdog(const char *usec, const char *pid, double seconds, const char *what)
{
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    if (usec)
        setenv("WATCHDOG_USEC", usec, 1);
    if (pid)
        setenv("WATCHDOG_PID", pid, 1);
    ok(notify_watchdog() == seconds, "watchdog: %s", what);
}

int main(void)
{
    CLEAN(free_str) char *self = xasprintf("%d", (int)getpid());

    sockets();
    watchdog(NULL, NULL, 0., "none");
    watchdog("3000000", NULL, 3., "three seconds");
    watchdog("3000000", self, 3., "for us");
    watchdog("3000000", "1", 0., "for another process");
    watchdog("0", NULL, 0., "zero");
    watchdog("3s", NULL, 0., "no number");
    watchdog("-3", NULL, 0., "negative");
    watchdog("99999999999999999999999", NULL, 0., "too large");
    return tap_done();
}
