/* Runs the registrator alone, on endpoints that a test writes to its stdin.
 *
 *     registrator-driver local|<Consul's URL> <node> <token>
 *
 * Input, a command a line, its words parted by spaces:
 *     endpoint <digit> <name> <image> <port>/<protocol> <host port> [<state> ...] [KEY=VALUE ...]
 *         adds an endpoint to the next set; the container's id is 64 times the hexadecimal digit,
 *         the pairs are its labels. States are draining, paused, starting, healthy and unhealthy.
 *         Containers come in the order of their ids.
 *     want          the set is what is wanted from now on
 *     watch         watches the catalog
 *     show          prints "shown wanted=<n> registered=<n> problems=<n> passes=<n>"
 * Each catalog is printed: "catalog <service>=<address>:<port>/<state> ...". It ends with its
 * input. */
#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/http.h"
#include "lib/log.h"
#include "lib/sbuf.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"
#include "registrator/consul.h"
#include "registrator/registrator.h"
#include "registrator/text.h"

#define ENDPOINTS_MAX 2000
#define WORDS_MIN 6

struct driver {
    struct ev_loop *loop;
    struct registry *registry;
    struct registrator *registrator;
    struct sbuf input;
    struct endpoint v[ENDPOINTS_MAX]; /* the next set; its strings are owned */
    size_t n;
    ev_io in;
};

static void die(const char *what, const struct err *err)
{
    fprintf(stderr, "registrator-driver: %s: %s\n", what, err_msg(err));
    exit(2);
}

static void on_change(void *arg)
{
    (void)arg;
}

static void on_catalog(void *arg, const struct catalog *catalog, const struct err *err)
{
    (void)arg;
    if (err) {
        printf("catalog-error %s\n", err_msg(err));
        return;
    }
    struct instances all = {0};

    catalog_lend(catalog, &all);
    printf("catalog");
    for (size_t i = 0; i < all.n; i++)
        printf(" %s=%s:%u/%s", all.v[i].service, all.v[i].address, all.v[i].port,
               instance_state_name(all.v[i].state));
    putchar('\n');
    free(all.v);
}

static void read_labels(struct kvs *labels, const struct strv *words, size_t from)
{
    for (size_t i = from; i < words->n; i++) {
        char *value = strchr(words->v[i], '=');

        if (!value)
            die(words->v[i], NULL);
        *value = '\0';
        kvs_add(labels, words->v[i], value + 1);
    }
}

/* Reads states from the word 'from' on; returns the first word that is none. */
static size_t read_states(struct endpoint *e, const struct strv *words, size_t from)
{
    for (; from < words->n; from++) {
        const char *word = words->v[from];

        if (!strcmp(word, "draining"))
            e->draining = true;
        else if (!strcmp(word, "paused"))
            e->paused = true;
        else if (!strcmp(word, "starting"))
            e->health = HEALTH_STARTING;
        else if (!strcmp(word, "healthy"))
            e->health = HEALTH_HEALTHY;
        else if (!strcmp(word, "unhealthy"))
            e->health = HEALTH_UNHEALTHY;
        else
            break;
    }
    return from;
}

static void read_endpoint(struct driver *d, const struct strv *words)
{
    struct endpoint *e = &d->v[d->n];
    struct kvs *pairs = xcalloc(2, sizeof *pairs);
    char *id = xmalloc(CONTAINER_ID_LEN + 1);

    if (words->n < WORDS_MIN || d->n == ENDPOINTS_MAX)
        die("bad endpoint", NULL);
    memset(id, words->v[1][0], CONTAINER_ID_LEN);
    id[CONTAINER_ID_LEN] = '\0';
    *e = (struct endpoint){
        .container_id = id,
        .container_name = xstrdup(words->v[2]),
        .image = xstrdup(words->v[3]),
        .env = &pairs[0],
        .labels = &pairs[1],
        .network = xstrdup("bridge"),
        .reach = REACH_PUBLISHED,
        .host_addr = ipaddr_any4(),
        .protocol = strstr(words->v[4], "/udp") ? IPPROTO_UDP : IPPROTO_TCP,
    };
    words->v[4][strcspn(words->v[4], "/")] = '\0';
    if (text_port(words->v[4], &e->container_port) || text_port(words->v[5], &e->host_port) ||
        ipaddr_parse("172.17.0.9", &e->container_addr))
        die("bad port", NULL);
    read_labels(&pairs[1], words, read_states(e, words, WORDS_MIN));
    d->n++;
}

static void forget_endpoints(struct driver *d)
{
    for (struct endpoint *e = d->v; e < d->v + d->n; e++) {
        struct kvs *pairs = (struct kvs *)(uintptr_t)e->env;

        free((char *)(uintptr_t)e->container_id);
        free((char *)(uintptr_t)e->container_name);
        free((char *)(uintptr_t)e->image);
        free((char *)(uintptr_t)e->network);
        kvs_done(&pairs[0]);
        kvs_done(&pairs[1]);
        free(pairs);
    }
    d->n = 0;
}

static void show(const struct driver *d)
{
    const struct instances *wanted = registrator_wanted(d->registrator);
    size_t registered = 0;

    for (size_t i = 0; i < wanted->n; i++)
        registered += registrator_is_registered(d->registrator, wanted->v[i].id);
    printf("shown wanted=%zu registered=%zu problems=%zu passes=%llu\n", wanted->n, registered,
           registrator_problems(d->registrator)->n,
           (unsigned long long)registrator_sync(d->registrator)->passes);
}

static void run_command(struct driver *d, const char *line)
{
    struct strv words = {0};

    for (const char *p = line; *p;) {
        size_t len = strcspn(p, " ");

        if (len)
            strv_addn(&words, p, len);
        p += len + (p[len] == ' ');
    }
    const char *command = words.n ? words.v[0] : "";
    if (!strcmp(command, "endpoint")) {
        read_endpoint(d, &words);
    } else if (!strcmp(command, "want")) {
        registrator_want(d->registrator, d->v, d->n);
        forget_endpoints(d);
    } else if (!strcmp(command, "watch")) {
        d->registry->ops->watch_catalog(d->registry, on_catalog, d);
    } else if (!strcmp(command, "show")) {
        show(d);
    } else {
        die(line, NULL);
    }
    strv_done(&words);
}

static void on_input(struct ev_loop *loop, ev_io *w, int events)
{
    struct driver *d = w->data;
    char buf[65536], *end;
    ssize_t got = read(w->fd, buf, sizeof buf);

    (void)events;
    if (got <= 0) {
        ev_break(loop, EVBREAK_ALL);
        return;
    }
    sbuf_add(&d->input, buf, (size_t)got);
    while ((end = memchr(d->input.data, '\n', d->input.len))) {
        *end = '\0';
        run_command(d, d->input.data);
        sbuf_drop(&d->input, (size_t)(end - d->input.data) + 1);
    }
}

int main(int argc, char **argv)
{
    static struct driver d;
    CLEAN(err) struct err *err = NULL;

    if (argc != 4 && argc != 5)
        die("usage: registrator-driver local|URL NODE TOKEN [CATALOG-FILE]", NULL);
    setvbuf(stdout, NULL, _IOLBF, 0);
    log_set_level(LOG_LEVEL_DEBUG);
    d.loop = ev_default_loop(0);
    struct http *http = http_new(d.loop);
    d.registry = strcmp(argv[1], "local")
                     ? consul_registry_new(
                           d.loop, http,
                           &(struct consul_config){.access = {.url = argv[1], .token = argv[3]},
                                                   .node = argv[2],
                                                   .catalog_file = argv[4]},
                           &err)
                     : local_registry_new();
    if (!d.registry)
        die("no registry", err);
    struct registrator_config config = {.node = argv[2], .resync = 300.};
    ipaddr_parse("192.0.2.7", &config.host_addr);
    d.registrator = registrator_new(d.loop, &config, d.registry, on_change, NULL);
    ev_io_init(&d.in, on_input, STDIN_FILENO, EV_READ);
    d.in.data = &d;
    ev_io_start(d.loop, &d.in);
    ev_run(d.loop, 0);

    registrator_free(d.registrator);
    d.registry->ops->free(d.registry);
    http_free(http);
    forget_endpoints(&d);
    sbuf_done(&d.input);
    return 0;
}
