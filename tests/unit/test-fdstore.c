/* What the service manager hears of descriptors that it is to keep, and when they are closed. */
#include "lib/fdstore.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"
#include "tests/unit/manager.h"

#define MANY 2000 /* more than any queue of a datagram socket has room for */

static struct ev_loop *loop;
static int settled;

static void on_settled(void *arg)
{
    (void)arg;
    settled++;
}

static int open_file(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        abort();
    return fd;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static bool is_same_file(int a, int b)
{
    struct stat x, y;

    return !fstat(a, &x) && !fstat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* The next message is 'wanted'. Returns the descriptor with it. */
static int hears(int manager, const char *wanted, const char *what)
{
    int fd;

    is_str(manager_hear(manager, &fd), wanted, "%s", what);
    return fd;
}

static void settle(int manager, int fence)
{
    int before = settled;

    (void)manager;
    close(fence);
    while (settled == before)
        ev_run(loop, EVRUN_ONCE);
}

static void test_put_and_drop(void)
{
    int manager = manager_start(), pipe_ends[2];
    struct fdstore *s = fdstore_new(loop, on_settled, NULL);

    if (pipe(pipe_ends))
        abort();
    ok(fdstore_is_there(s), "there is a manager");
    fdstore_put(s, "t28001", pipe_ends[0]);
    int copy = hears(manager, "FDSTORE=1\nFDPOLL=0\nFDNAME=t28001", "a copy is sent");
    ok(is_same_file(copy, pipe_ends[0]), "of the same file");
    close(copy);

    fdstore_drop(s, "t28001", pipe_ends[0]);
    is_int(hears(manager, "FDSTOREREMOVE=1\nFDNAME=t28001", "it is to go"), -1, "by its name");
    int fence = hears(manager, "BARRIER=1", "and to say when");
    ev_run(loop, EVRUN_NOWAIT);
    ok(is_open(pipe_ends[0]) && !settled, "ours is open until then");
    settle(manager, fence);
    ok(!is_open(pipe_ends[0]), "and closed then");
    is_int(hears(manager, NULL, "nothing else is said"), -1, "and nothing sent");
    fdstore_free(s);
    close(pipe_ends[1]);
    manager_stop(manager);
}

static void test_reclaim(void)
{
    int manager = manager_start(), fd = open_file();
    struct fdstore *s = fdstore_new(loop, on_settled, NULL);

    fdstore_adopt(s, "t28001", fd);
    is_int(fdstore_reclaim(s, "t28001"), -1, "what is kept is not to be reclaimed");
    fdstore_drop(s, "t28001", fd);
    is_int(fdstore_reclaim(s, "t28002"), -1, "nor is what never was");
    is_int(fdstore_reclaim(s, "t28001"), fd, "what is about to go is");
    is_int(fdstore_reclaim(s, "t28001"), -1, "once");
    fdstore_put(s, "t28001", fd);
    hears(manager, "FDSTOREREMOVE=1\nFDNAME=t28001", "the manager lets it go");
    int fence = hears(manager, "BARRIER=1", "says so");
    close(hears(manager, "FDSTORE=1\nFDPOLL=0\nFDNAME=t28001", "and gets it again, after that"));
    close(fence);
    ev_run(loop, EVRUN_ONCE);
    ok(is_open(fd), "it was not closed");
    fdstore_free(s);
    close(fd);
    manager_stop(manager);
}

/* A second one is dropped while the fence of the first one is out. */
static void test_two_fences(void)
{
    int manager = manager_start(), first = open_file(), second = open_file();
    struct fdstore *s = fdstore_new(loop, on_settled, NULL);

    fdstore_adopt(s, "t1", first);
    fdstore_adopt(s, "t2", second);
    fdstore_drop(s, "t1", first);
    hears(manager, "FDSTOREREMOVE=1\nFDNAME=t1", "the first is to go");
    int fence = hears(manager, "BARRIER=1", "with its fence");
    fdstore_drop(s, "t2", second);
    hears(manager, "FDSTOREREMOVE=1\nFDNAME=t2", "then the second");
    settle(manager, fence);
    ok(!is_same_file(first, second) && is_open(second), "the first fence is about the first");
    settle(manager, hears(manager, "BARRIER=1", "the second has one of its own"));
    ok(!is_open(second), "and is closed by that");
    fdstore_free(s);
    manager_stop(manager);
}

/* Every one arrives once, though the manager does not read until all have been put. */
static void test_behind(void)
{
    int manager = manager_start(), fd = open_file(), copy;
    struct fdstore *s = fdstore_new(loop, on_settled, NULL);
    char *seen = xcalloc(MANY, 1), name[16];
    const char *text;
    unsigned n, heard = 0, wrong = 0;

    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "t%u", i);
        fdstore_put(s, name, fd);
    }
    fdstore_drop(s, "t1999", open_file());
    while (heard < MANY - 1) {
        ev_run(loop, EVRUN_NOWAIT);
        while ((text = manager_hear(manager, &copy))) {
            const char *at = strstr(text, "FDNAME=t");

            n = at ? (unsigned)strtoul(at + strlen("FDNAME=t"), NULL, 10) : MANY;
            wrong += n >= MANY - 1 || seen[n] || copy < 0;
            if (n < MANY)
                seen[n] = 1;
            close(copy);
            heard++;
        }
    }
    is_int(wrong, 0, "a manager that is behind gets each once");
    ok(!seen[MANY - 1], "but one that was dropped before it was sent");
    fdstore_free(s);
    free(seen);
    close(fd);
    manager_stop(manager);
}

/* Dropped and taken back while the manager is behind: it hears nothing of that. */
static void test_reclaim_unheard(void)
{
    int manager = manager_start(), fd = open_file(), mine = open_file(), copy;
    struct fdstore *s = fdstore_new(loop, on_settled, NULL);
    unsigned heard = 0, about = 0;
    const char *text;
    char name[16];

    fdstore_adopt(s, "mine", mine);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "t%u", i);
        fdstore_put(s, name, fd);
    }
    fdstore_drop(s, "mine", mine);
    is_int(fdstore_reclaim(s, "mine"), mine, "taken back before the manager was told");
    fdstore_put(s, "mine", mine);
    while (heard < MANY) {
        ev_run(loop, EVRUN_NOWAIT);
        while ((text = manager_hear(manager, &copy))) {
            about += strstr(text, "FDNAME=mine") != NULL;
            close(copy);
            heard++;
        }
    }
    is_int(about, 0, "then there is nothing to tell");
    fdstore_drop(s, "mine", mine);
    hears(manager, "FDSTOREREMOVE=1\nFDNAME=mine", "but when it goes for good");
    fdstore_free(s);
    close(fd);
    manager_stop(manager);
}

static void test_limit(void)
{
    int manager = manager_start(), fd = open_file(), copy;
    struct fdstore *s = fdstore_new(loop, on_settled, NULL);
    char name[256];
    unsigned heard = 0;

    for (unsigned i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "%0199u", i); /* 200 bytes with the separator */
        fdstore_put(s, name, fd);
        while (manager_hear(manager, &copy)) {
            close(copy);
            heard++;
        }
        ev_run(loop, EVRUN_NOWAIT);
    }
    is_int(heard, 500, "no more than the names of which fit into an environment");
    fdstore_free(s);
    close(fd);
    manager_stop(manager);
}

static void test_lost(void)
{
    int manager = manager_start(), fd = open_file();
    struct fdstore *s = fdstore_new(loop, on_settled, NULL);

    manager_stop(manager);
    fdstore_put(s, "t28001", fd);
    fdstore_retry(s);
    manager = manager_start();
    fdstore_retry(s);
    close(hears(manager, "FDSTORE=1\nFDPOLL=0\nFDNAME=t28001", "a manager that comes back hears"));
    fdstore_free(s);
    close(fd);
    manager_stop(manager);
}

static void test_none(void)
{
    int fd = open_file();

    unsetenv("NOTIFY_SOCKET");
    struct fdstore *s = fdstore_new(loop, on_settled, NULL);
    ok(!fdstore_is_there(s), "no manager");
    fdstore_put(s, "t28001", fd);
    fdstore_drop(s, "t28001", fd);
    ok(!is_open(fd), "then what is dropped is closed at once");
    fdstore_free(s);
    fdstore_free(NULL);
}

int main(void)
{
    log_set_level(LOG_LEVEL_ERR);
    loop = ev_default_loop(0);
    test_put_and_drop();
    test_reclaim();
    test_two_fences();
    test_behind();
    test_reclaim_unheard();
    test_limit();
    test_lost();
    test_none();
    ev_loop_destroy(loop);
    return tap_done();
}
