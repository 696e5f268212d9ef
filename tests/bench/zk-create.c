/* The floor of bench-dubbo: a bare client of ZooKeeper that makes ephemeral nodes.
 *
 *     zk-create host:port
 *
 * Reads a path a line; for each it makes the node and prints "<ns since 1970 at the call> <path>"
 * when ZooKeeper has answered. An empty line waits for all answers and prints "done <ns>". */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zookeeper/zookeeper.h>

#include "lib/xmalloc.h"

#define TIMEOUT_MS 30000
#define LINE_MAX_BYTES 4096

struct request {
    long long sent;
    char *path;
};

static unsigned under_way;

static long long now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void on_created(int rc, const char *value, const void *data)
{
    struct request *r = (struct request *)(uintptr_t)data;

    (void)value;
    if (rc != ZOK)
        fprintf(stderr, "zk-create: %s: %s\n", r->path, zerror(rc));
    printf("%lld %s\n", r->sent, r->path);
    under_way--;
    free(r->path);
    free(r);
}

static void on_session(zhandle_t *z, int type, int state, const char *path, void *context)
{
    (void)z;
    (void)type;
    (void)state;
    (void)path;
    (void)context;
}

/* One turn: what is queued is sent, what has come is taken, at most 'wait' is waited. */
static void turn(zhandle_t *z)
{
    struct timeval tv = {0, 0};
    struct pollfd p = {.fd = -1};
    int want = 0;

    if (zookeeper_interest(z, &p.fd, &want, &tv) != ZOK)
        tv = (struct timeval){0, 10000};
    p.events =
        (short)((want & ZOOKEEPER_READ ? POLLIN : 0) | (want & ZOOKEEPER_WRITE ? POLLOUT : 0));
    if (poll(&p, 1, (int)(tv.tv_sec * 1000 + tv.tv_usec / 1000)) > 0)
        zookeeper_process(z, (p.revents & ~POLLOUT ? ZOOKEEPER_READ : 0) |
                                 (p.revents & POLLOUT ? ZOOKEEPER_WRITE : 0));
}

static void create(zhandle_t *z, const char *path)
{
    struct request *r = xmalloc(sizeof *r);

    *r = (struct request){now_ns(), xstrdup(path)};
    under_way++;
    if (zoo_acreate(z, path, "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_EPHEMERAL, on_created, r) != ZOK)
        exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    char line[LINE_MAX_BYTES];

    zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
    zhandle_t *z = zookeeper_init(argc > 1 ? argv[1] : "", on_session, TIMEOUT_MS, NULL, NULL, 0);
    if (!z)
        return EXIT_FAILURE;
    while (zoo_state(z) != ZOO_CONNECTED_STATE)
        turn(z);
    printf("connected\n");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        if (*line)
            create(z, line);
        while (!*line && under_way)
            turn(z);
        if (!*line)
            printf("done %lld\n", now_ns());
        fflush(stdout);
    }
    zookeeper_close(z);
    return EXIT_SUCCESS;
}
