/* A lock that two want, and that ends with the process that has it. */
#include "lib/lock.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

/* A child that has the lock until it is killed; it has told so by the pipe. */
static pid_t hold(const char *path)
{
    int pipe_fds[2];
    char byte = 0;

    if (pipe(pipe_fds) < 0)
        abort();
    pid_t child = fork();
    if (!child) {
        pid_t pid;

        if (lock_take(path, &pid, NULL) >= 0 && write(pipe_fds[1], &byte, 1) == 1)
            for (;;)
                pause();
        _exit(1);
    }
    close(pipe_fds[1]);
    ok(read(pipe_fds[0], &byte, 1) == 1, "a child has the lock");
    close(pipe_fds[0]);
    return child;
}

int main(void)
{
    char dir[] = "/tmp/berth-test-lock-XXXXXX";
    CLEAN(err) struct err *err = NULL, *missing = NULL;
    pid_t pid = -1;

    if (!mkdtemp(dir))
        abort();
    CLEAN(free_str) char *path = xasprintf("%s/lock", dir);
    CLEAN(free_str) char *nowhere = xasprintf("%s/no/lock", dir);
    pid_t child = hold(path);
    is_int(lock_take(path, &pid, &err), -1, "another process does not get it");
    is_int(err_code(err), EWOULDBLOCK, "... since it is taken");
    is_int(pid, child, "... by that child");
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    int fd = lock_take(path, &pid, NULL);
    ok(fd >= 0, "it ends with its process");
    is_int(lock_take(path, &pid, NULL), -1, "nobody gets it twice");
    is_int(pid, getpid(), "... this process has it now");
    close(fd);
    fd = lock_take(path, &pid, NULL);
    ok(fd >= 0, "closed, it is free");
    close(fd);
    is_int(lock_take(nowhere, &pid, &missing), -1, "a folder that is missing");
    is_int(err_code(missing), ENOENT, "... is told as such");
    unlink(path);
    rmdir(dir);
    return tap_done();
}
