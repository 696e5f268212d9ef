/* portmap alone, driven by lines on stdin, for tests with the real kernel.
 *
 *     portmap-driver POOL-FIRST POOL-LAST RESYNC QUARANTINE [FILE]
 *
 *     CONTAINER-ID ADDRESS[,ADDRESS6] PORT PROTOCOL [NAME [HOST-ADDRESS]]
 *                                          adds an endpoint to the list
 *     in-use CONTAINER-ID                  its instances are still registered; "in-use -": nobody's
 *     want                                 hands the list to portmap and begins a new one
 *
 * To "want" it answers "wanted". After every pass it prints what portmap answers, and at the end of
 * stdin it exits:
 *
 *     mapping PROTOCOL [HOST-ADDRESS:]HOST-PORT CONTAINER-ID ADDRESS:PORT[,[ADDRESS6]:PORT]
 *     problem SUBJECT: TEXT
 *     pass ok|failed MICROSECONDS          from "want", or from the pass before */
#include <ev.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/endpoint.h"
#include "lib/sbuf.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"
#include "portmap/portmap.h"

struct driver {
    struct ev_loop *loop;
    struct portmap *portmap;
    struct sbuf input;
    struct strv ids; /* and names of the endpoints, which borrow them */
    struct endpoint *endpoints;
    size_t n, cap;
    char *in_use;
    uint64_t passes_shown;
    double since;
};

static unsigned number(const char *s);
static void on_input(struct ev_loop *loop, ev_io *io, int events);
static void on_line(struct driver *d, const char *line);
static void add_endpoint(struct driver *d, const char *id, const char *name, char *addresses,
                         const char *port, const char *protocol, const char *host);
static struct ipaddr read_address(const char *s);
static uint8_t read_protocol(const char *s);
static void want(struct driver *d);
static int compare(const void *a, const void *b);
static bool in_use(void *arg, const struct mapping *m);
static void on_change(void *arg);
static void on_prepare(struct ev_loop *loop, ev_prepare *prepare, int events);
static void show_pass(struct driver *d);
static void show_mapping(const struct mapping *m);
static void show(struct driver *d);

int main(int argc, char **argv)
{
    struct driver d = {.loop = ev_default_loop(0)};
    struct err *err = NULL;
    ev_io input;
    ev_prepare prepare;

    if (argc != 5 && argc != 6) {
        fprintf(stderr, "usage: %s POOL-FIRST POOL-LAST RESYNC QUARANTINE [FILE]\n", argv[0]);
        return 2;
    }
    struct portmap_config config = {.mark = 0x04000000,
                                    .resync = number(argv[3]),
                                    .quarantine = number(argv[4]),
                                    .ports_file = argv[5]};
    portset_add(&config.pool, number(argv[1]), number(argv[2]));
    d.portmap = portmap_new(d.loop, &config, on_change, &d, &err);
    if (!d.portmap) {
        fprintf(stderr, "%s\n", err_msg(err));
        err_free(err);
        return 1;
    }
    fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
    ev_io_init(&input, on_input, STDIN_FILENO, EV_READ);
    ev_prepare_init(&prepare, on_prepare);
    input.data = prepare.data = &d;
    ev_io_start(d.loop, &input);
    ev_prepare_start(d.loop, &prepare);
    ev_run(d.loop, 0);
    portmap_free(d.portmap);
    sbuf_done(&d.input);
    strv_done(&d.ids);
    free(d.endpoints);
    free(d.in_use);
    ev_loop_destroy(d.loop);
    return 0;
}

static unsigned number(const char *s)
{
    return (unsigned)strtoul(s, NULL, 10);
}

static void on_input(struct ev_loop *loop, ev_io *io, int events)
{
    struct driver *d = io->data;
    char chunk[65536];
    ssize_t n = read(STDIN_FILENO, chunk, sizeof chunk);

    (void)events;
    if (n == 0)
        ev_break(loop, EVBREAK_ALL);
    if (n <= 0)
        return;
    sbuf_add(&d->input, chunk, (size_t)n);
    for (char *end; (end = strchr(d->input.data, '\n'));) {
        *end = '\0';
        on_line(d, d->input.data);
        sbuf_drop(&d->input, (size_t)(end - d->input.data) + 1);
    }
}

static void on_line(struct driver *d, const char *line)
{
    char id[65], addresses[96], port[16], protocol[16], name[65], host[64] = "0.0.0.0";
    int n;

    if (!strcmp(line, "want")) {
        want(d);
    } else if (sscanf(line, "in-use %64s", id) == 1) {
        free(d->in_use);
        d->in_use = xstrdup(id);
    } else if ((n = sscanf(line, "%64s %95s %15s %15s %64s %63s", id, addresses, port, protocol,
                           name, host)) >= 4) {
        add_endpoint(d, id, n > 4 ? name : id, addresses, port, protocol, host);
    } else {
        fprintf(stderr, "not understood: %s\n", line);
        exit(2);
    }
}

static void add_endpoint(struct driver *d, const char *id, const char *name, char *addresses,
                         const char *port, const char *protocol, const char *host)
{
    char *address6 = strchr(addresses, ',');

    if (address6)
        *address6++ = '\0';
    strv_add(&d->ids, id);
    strv_add(&d->ids, name);
    struct endpoint e = {.container_id = d->ids.v[d->ids.n - 2],
                         .container_name = d->ids.v[d->ids.n - 1],
                         .network = "bridge",
                         .reach = REACH_ASSIGNED,
                         .protocol = read_protocol(protocol),
                         .host_addr = read_address(host),
                         .container_port = (uint16_t)number(port)};

    e.container_addr = read_address(addresses);
    if (address6)
        e.container_addr6 = read_address(address6);
    d->endpoints = xgrow(d->endpoints, d->n, &d->cap, sizeof *d->endpoints);
    d->endpoints[d->n++] = e;
}

static struct ipaddr read_address(const char *s)
{
    struct ipaddr a;

    if (ipaddr_parse(s, &a)) {
        fprintf(stderr, "no address: %s\n", s);
        exit(2);
    }
    return a;
}

static uint8_t read_protocol(const char *s)
{
    return !strcmp(s, "udp") ? IPPROTO_UDP : !strcmp(s, "sctp") ? IPPROTO_SCTP : IPPROTO_TCP;
}

static void want(struct driver *d)
{
    show_pass(d);
    puts("wanted");
    fflush(stdout);
    if (d->n)
        qsort(d->endpoints, d->n, sizeof *d->endpoints, compare);
    ev_now_update(d->loop);
    d->since = ev_time();
    portmap_want(d->portmap, d->endpoints, d->n, in_use);
    d->n = 0;
    strv_done(&d->ids);
}

static int compare(const void *a, const void *b)
{
    return endpoint_cmp(a, b);
}

static bool in_use(void *arg, const struct mapping *m)
{
    const struct driver *d = arg;

    return d->in_use && !strcmp(d->in_use, m->container_id);
}

static void on_change(void *arg)
{
    (void)arg;
}

/* Before the loop sleeps: whatever pass there was is over. */
static void on_prepare(struct ev_loop *loop, ev_prepare *prepare, int events)
{
    (void)loop;
    (void)events;
    show_pass(prepare->data);
}

static void show_pass(struct driver *d)
{
    if (portmap_sync(d->portmap)->passes == d->passes_shown)
        return;
    d->passes_shown = portmap_sync(d->portmap)->passes;
    show(d);
}

static void show_mapping(const struct mapping *m)
{
    char host[IPADDR_STRLEN], text[IPADDR_STRLEN];

    printf("mapping %s ", protocol_name(m->protocol));
    if (mapping_is_everywhere(m))
        printf("%u", m->host_port);
    else
        printf("%s", ipaddr_format_port(&m->host_addr, m->host_port, host));
    printf(" %s ", m->container_id);
    if (m->container_addr.family)
        printf("%s", ipaddr_format_port(&m->container_addr, m->container_port, text));
    if (m->container_addr.family && m->container_addr6.family)
        printf(",");
    if (m->container_addr6.family)
        printf("%s", ipaddr_format_port(&m->container_addr6, m->container_port, text));
    printf("\n");
}

static void show(struct driver *d)
{
    double seconds = ev_time() - d->since;
    const struct problems *problems = portmap_problems(d->portmap);
    size_t n;
    const struct mapping *m = portmap_list(d->portmap, &n);

    for (size_t i = 0; i < n; i++) {
        /* What portmap_list() has, portmap_find() finds. */
        if (portmap_find(d->portmap, m[i].container_id, m[i].protocol, m[i].container_port) !=
            &m[i])
            abort();
        show_mapping(&m[i]);
    }
    for (size_t i = 0; i < problems->n; i++)
        printf("problem %s: %s\n", problems->v[i].subject, problems->v[i].text);
    printf("pass %s %.0f\n", portmap_sync(d->portmap)->last_error ? "failed" : "ok", seconds * 1e6);
    fflush(stdout);
    d->since = ev_time();
}
