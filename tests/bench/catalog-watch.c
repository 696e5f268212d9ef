/* Watches Consul's catalog as the agent does, and does nothing else with it.
 *
 *     catalog-watch URL FILE [CA]     FILE keeps the last good catalog, "" for none; CA is the file
 *                                     of the certificates that may have signed that of an https URL
 *
 * Prints, each on a line: "catalog <ns since 1970> <services> <instances>" when it is complete,
 * then "change <ns since 1970> <service>" for each service that changes, comes or goes. It ends
 * with its input. */
#include <ev.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "lib/clean.h"
#include "lib/http.h"
#include "lib/http_tls.h"
#include "registrator/consul.h"

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Tells the services that have changed since the last call, at first none. */
static void tell_changes(const struct catalog *catalog, uint64_t now)
{
    static uint64_t newest;
    uint64_t before = newest;

    for (size_t i = 0; i < catalog->n; i++) {
        const struct catalog_service *s = catalog->v[i];

        if (before && s->stamp > before)
            printf("change %" PRIu64 " %s\n", now, s->name);
        newest = s->stamp > newest ? s->stamp : newest;
    }
}

static void on_catalog(void *arg, const struct catalog *catalog, const struct err *err)
{
    static bool complete;
    uint64_t now = now_ns();

    (void)arg;
    if (err) {
        fprintf(stderr, "catalog-watch: %s\n", err_msg(err));
        return;
    }
    if (!complete)
        printf("catalog %" PRIu64 " %zu %zu\n", now, catalog->n, catalog_instances(catalog));
    complete = true;
    tell_changes(catalog, now);
}

static void on_input(struct ev_loop *loop, ev_io *w, int events)
{
    char byte;

    (void)events;
    if (read(w->fd, &byte, 1) <= 0)
        ev_break(loop, EVBREAK_ALL);
}

int main(int argc, char **argv)
{
    CLEAN(err) struct err *err = NULL;
    struct ev_loop *loop = ev_default_loop(0);
    ev_io in;

    if (argc != 3 && argc != 4) {
        fputs("usage: catalog-watch URL FILE [CA]\n", stderr);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct http_tls tls = {.ca_file = argc == 4 ? argv[3] : NULL};
    struct http *http = http_new(loop);
    struct registry *registry =
        consul_registry_new(loop, http,
                            &(struct consul_config){.access = {.url = argv[1], .tls = &tls},
                                                    .node = "bench",
                                                    .catalog_file = *argv[2] ? argv[2] : NULL},
                            &err);
    if (!registry) {
        fprintf(stderr, "catalog-watch: %s\n", err_msg(err));
        return 1;
    }
    registry->ops->watch_catalog(registry, on_catalog, NULL);
    ev_io_init(&in, on_input, STDIN_FILENO, EV_READ);
    ev_io_start(loop, &in);
    ev_run(loop, 0);
    registry->ops->free(registry);
    http_free(http);
    return 0;
}
