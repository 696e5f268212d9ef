/* Descriptors of the service manager, by the rules of sd_listen_fds(3). */
#include "lib/passed.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"
#include "tests/unit/manager.h"

#define FIRST 3

/* As the manager does: 'n' descriptors behind stderr, without FD_CLOEXEC, and the variables. */
static void pass(int n, const char *pid, const char *fds, const char *names)
{
    for (int fd = FIRST; fd < 32; fd++)
        close(fd);
    for (int i = 0; i < n; i++)
        if (dup2(STDERR_FILENO, FIRST + i) < 0)
            abort();
    setenv("LISTEN_PID", pid, 1);
    setenv("LISTEN_FDS", fds, 1);
    if (names)
        setenv("LISTEN_FDNAMES", names, 1);
    else
        unsetenv("LISTEN_FDNAMES");
}

/* What was taken, as "3=admin 4=t28001". */
static char *taken(void)
{
    struct passed_list l = {0};
    char *text = xstrdup("");

    passed_take(&l);
    for (size_t i = 0; i < l.n; i++) {
        CLEAN(free_str) char *before = text;

        text = xasprintf("%s%s%d=%s", before, *before ? " " : "", l.v[i].fd, l.v[i].name);
    }
    passed_done(&l);
    return text;
}

static void takes(int n, const char *pid, const char *fds, const char *names, const char *wanted,
                  const char *what)
{
    pass(n, pid, fds, names);
    CLEAN(free_str) char *got = taken();
    is_str(got, wanted, "%s", what);
    ok(!getenv("LISTEN_PID") && !getenv("LISTEN_FDS") && !getenv("LISTEN_FDNAMES"),
       "%s: the variables are gone", what);
}

static void test_refuse(const char *self)
{
    struct passed_list l = {0};
    int manager = manager_start(), fd;

    close(manager); /* pass() wants the numbers; NOTIFY_SOCKET stays */
    manager_stop(-1);
    pass(3, self, "3", "admin:t28001:admin");
    passed_take(&l);
    ok(fcntl(FIRST, F_GETFD) & FD_CLOEXEC, "children do not inherit what was passed");
    l.v[0].fd = l.v[2].fd = -1; /* somebody takes them */
    manager = manager_start();
    is_int((long long)passed_refuse(&l), 1, "one is left");
    is_str(manager_hear(manager, &fd), "FDSTOREREMOVE=1\nFDNAME=t28001", "the manager forgets it");
    is_str(manager_hear(manager, &fd), NULL, "and nothing else");
    ok(fcntl(FIRST + 1, F_GETFD) < 0, "it is closed");
    ok(fcntl(FIRST, F_GETFD) >= 0, "what was taken is open");
    manager_stop(manager);
}

int main(void)
{
    CLEAN(free_str) char *self = xasprintf("%d", (int)getpid());

    unsetenv("NOTIFY_SOCKET");
    takes(2, self, "2", "admin:t28001", "3=admin 4=t28001", "two");
    takes(3, self, "3", "admin", "3=admin 4= 5=", "names are missing");
    takes(1, self, "1", NULL, "3=", "no names");
    takes(2, self, "2", "a:b:c:d", "3=a 4=b", "more names than descriptors");
    takes(2, self, "2", ":b", "3= 4=b", "an empty name");
    takes(2, "1", "2", "a:b", "", "for another process");
    takes(2, "", "2", "a:b", "", "no pid");
    takes(2, self, "0", "", "", "none");
    takes(2, self, "-1", "a", "", "a negative number");
    takes(2, self, "2x", "a", "", "no number");
    takes(2, self, "99999999999999999999", "a", "", "a number that is too large");
    takes(2, self, "1000000", "a", "", "more than there can be");
    takes(2, self, "9", "a:b:c", "3=a 4=b", "fewer are open than are said");
    test_refuse(self);
    return tap_done();
}
