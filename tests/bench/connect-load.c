/* Opens TCP connections as fast as a number of parallel sockets allows, for benchmarks.
 *
 *     connect-load ADDRESS PORT CONNECTS PARALLEL SECONDS [SOURCE...]
 *
 * A connection counts when the peer's first byte is there (tests/bench/accept-load.c sends one);
 * its time is that from connect() to the byte. It is then reset, so that no port rests. It ends
 * after CONNECTS connections, or SECONDS, and prints one JSON object: "connects", "failed",
 * "seconds", "rate" (1/s), "p50_us", "p99_us". Source addresses take turns. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/xmalloc.h"

#define PARALLEL_MAX 1024
#define CONNECTS_MAX 10000000
#define SECONDS_MAX 600
#define LINGER 2. /* seconds after the end in which open connections may still be answered */

struct slot {
    int fd; /* -1: none */
    double since;
};

struct load {
    struct sockaddr_in to;
    struct sockaddr_in *sources;
    size_t n_sources;
    size_t connects, parallel;
    double seconds;
    int epoll;
    struct slot *slots;
    size_t started, open;
    size_t failed;
    float *took; /* microseconds */
    size_t n_took;
    double end; /* of the newest answer */
};

static bool read_arguments(struct load *l, int argc, char **argv);
static bool read_address(const char *text, unsigned long port, struct sockaddr_in *ret);
static unsigned long number(const char *text, unsigned long max);
static void run(struct load *l);
static void fill(struct load *l);
static bool start(struct load *l, struct slot *slot);
static int open_socket(struct load *l);
static void finish(struct load *l, struct slot *slot);
static void drop(struct load *l, struct slot *slot);
static double now(void);
static int compare(const void *a, const void *b);
static void show(struct load *l, double began);

int main(int argc, char **argv)
{
    struct load l = {0};

    if (!read_arguments(&l, argc, argv)) {
        fprintf(stderr, "usage: %s ADDRESS PORT CONNECTS PARALLEL SECONDS [SOURCE...]\n", argv[0]);
        free(l.sources);
        return 2;
    }
    l.took = xcalloc(l.connects, sizeof *l.took);
    l.slots = xcalloc(l.parallel, sizeof *l.slots);
    l.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (l.epoll < 0) {
        perror("epoll_create1");
        return 1;
    }
    double began = now();
    run(&l);
    show(&l, began);
    close(l.epoll);
    free(l.took);
    free(l.slots);
    free(l.sources);
    return l.n_took ? 0 : 1;
}

static bool read_arguments(struct load *l, int argc, char **argv)
{
    if (argc < 6 || !read_address(argv[1], number(argv[2], 65535), &l->to))
        return false;
    l->connects = number(argv[3], CONNECTS_MAX);
    l->parallel = number(argv[4], PARALLEL_MAX);
    l->seconds = (double)number(argv[5], SECONDS_MAX);
    l->sources = xcalloc((size_t)argc, sizeof *l->sources);
    for (int i = 6; i < argc; i++)
        if (!read_address(argv[i], 0, &l->sources[l->n_sources++]))
            return false;
    return l->to.sin_port && l->connects && l->parallel && l->seconds > 0.;
}

static bool read_address(const char *text, unsigned long port, struct sockaddr_in *ret)
{
    *ret = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    return inet_pton(AF_INET, text, &ret->sin_addr) == 1;
}

/* 0: no number, or one that is too high. */
static unsigned long number(const char *text, unsigned long max)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);

    return *end || n > max ? 0 : n;
}

static void run(struct load *l)
{
    struct epoll_event events[PARALLEL_MAX];
    double stop = now() + l->seconds;

    for (size_t i = 0; i < l->parallel; i++)
        l->slots[i].fd = -1;
    fill(l);
    while (l->open && now() < stop + LINGER) {
        int n = epoll_wait(l->epoll, events, PARALLEL_MAX, 100);

        for (int i = 0; i < n; i++)
            finish(l, events[i].data.ptr);
        if (now() < stop)
            fill(l);
    }
    for (size_t i = 0; i < l->parallel; i++)
        if (l->slots[i].fd >= 0) {
            l->failed++;
            drop(l, &l->slots[i]);
        }
}

static void fill(struct load *l)
{
    for (size_t i = 0; i < l->parallel && l->started < l->connects; i++)
        if (l->slots[i].fd < 0 && !start(l, &l->slots[i]))
            l->failed++;
}

static bool start(struct load *l, struct slot *slot)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = slot};
    int fd = open_socket(l);

    l->started++;
    if (fd < 0)
        return false;
    slot->since = now();
    if ((connect(fd, (struct sockaddr *)&l->to, sizeof l->to) < 0 && errno != EINPROGRESS) ||
        epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
        close(fd);
        return false;
    }
    slot->fd = fd;
    l->open++;
    return true;
}

static int open_socket(struct load *l)
{
    const struct linger reset = {.l_onoff = 1};
    const int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    if (!l->n_sources)
        return fd;
    /* The port is chosen by connect(), which knows that the other end is another one. */
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    const struct sockaddr_in *source = &l->sources[l->started % l->n_sources];
    if (!bind(fd, (const struct sockaddr *)source, sizeof *source))
        return fd;
    close(fd);
    return -1;
}

static void finish(struct load *l, struct slot *slot)
{
    char byte;
    ssize_t n = recv(slot->fd, &byte, 1, 0);
    double end = now();

    if (n < 0 && errno == EAGAIN)
        return;
    if (n == 1) {
        l->took[l->n_took++] = (float)((end - slot->since) * 1e6);
        l->end = end;
    } else {
        l->failed++;
    }
    drop(l, slot);
}

static void drop(struct load *l, struct slot *slot)
{
    close(slot->fd); /* epoll forgets it, too */
    slot->fd = -1;
    l->open--;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int compare(const void *a, const void *b)
{
    const float *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void show(struct load *l, double began)
{
    double seconds = l->n_took ? l->end - began : 0.;
    double rate = seconds > 0. ? (double)l->n_took / seconds : 0.;

    qsort(l->took, l->n_took, sizeof *l->took, compare);
    printf("{\"connects\": %zu, \"failed\": %zu, \"seconds\": %.3f, \"rate\": %.1f, "
           "\"p50_us\": %.1f, \"p99_us\": %.1f}\n",
           l->n_took, l->failed, seconds, rate, (double)l->took[l->n_took / 2],
           (double)l->took[l->n_took * 99 / 100]);
}
