/* The load balancer's room alone, driven by lines on stdin, for tests with a real HAProxy.
 *
 *     lb-driver NAME=VALUE...     haproxy, dir, bind, http_port, https_port, certs, stats_port,
 *                                 pool, select, wait, template, manage (yes, no), resync, sockets,
 * reload, reload_timeout, text (yes, no), fsize
 *
 * Each line is a catalog: a JSON array of objects with service, node, id, address, port, state and
 * meta, in any order. With text=yes it is what a renderer of the caller's own has: a JSON object of
 * "pieces", an array of objects with text and owner, and "maps", an object of objects. "refresh"
 * reads the servers' states again. After every pass and every refresh it prints one JSON object:
 * "backends" as lb.h has them, "problems", "counters", "passes", "banned" and "error". At the end
 * of stdin it exits. 'fsize' is a limit of bytes for each file that it writes. */
#include <ev.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lb-template/lb.h"
#include "lib/clean.h"
#include "lib/json.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

/* Renders what was said last. */
struct said {
    struct renderer base;
    bool is_there;
    struct rendering next; /* what the next call renders, where 'is_new' */
    bool is_new;
    struct rendering rendering; /* what the last call returned */
};

struct driver {
    struct said said;
    struct ev_loop *loop;
    struct lb *lb;
    struct catalog catalog;
    struct sbuf input;
};

static int read_options(char **argv, struct lb_config *ret, struct said *said);
static unsigned number(const char *s);
static void on_input(struct ev_loop *loop, ev_io *io, int events);
static void on_line(struct driver *d, const char *line);
static const struct rendering *render_said(struct renderer *r, const struct renderer_input *in,
                                           struct err **err);
static void take_rendering(struct driver *d, const json_t *object);
static void limit_files(unsigned bytes);
static void add_instance(const json_t *object, struct instances *ret);
static char *text_of(const json_t *object, const char *key);
static unsigned number_of(const json_t *object, const char *key);
static enum instance_state state_of(const char *name);
static void show(void *arg);
static json_t *backend_json(const struct lb_backend *b);
static json_t *server_json(const struct lb_server *s);
static json_t *problems_json(const struct problems *l);
static json_t *counters_json(const struct lb_counters *c);

int main(int argc, char **argv)
{
    struct driver d = {.said.base.render = render_said, .loop = ev_default_loop(0)};
    struct lb_config config = {
        .haproxy = "/usr/sbin/haproxy", .bind = "127.0.0.1", .manage = true, .resync = 60.};
    CLEAN(err) struct err *err = NULL;
    ev_io input;

    if (argc < 2 || read_options(argv + 1, &config, &d.said) || !config.dir) {
        fprintf(stderr, "usage: %s dir=DIR [NAME=VALUE...]\n", argv[0]);
        return 2;
    }
    d.lb = lb_new(d.loop, &config, show, &d, &err);
    if (!d.lb) {
        fprintf(stderr, "%s\n", err_msg(err));
        return 1;
    }
    fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
    ev_io_init(&input, on_input, STDIN_FILENO, EV_READ);
    input.data = &d;
    ev_io_start(d.loop, &input);
    ev_run(d.loop, 0);
    lb_free(d.lb);
    rendering_done(&d.said.rendering);
    rendering_done(&d.said.next);
    catalog_done(&d.catalog);
    sbuf_done(&d.input);
    ev_loop_destroy(d.loop);
    return 0;
}

static int read_options(char **argv, struct lb_config *ret, struct said *said)
{
    for (; *argv; argv++) {
        char *value = strchr(*argv, '=');

        if (!value)
            return -1;
        *value++ = '\0';
        if (!strcmp(*argv, "haproxy"))
            ret->haproxy = value;
        else if (!strcmp(*argv, "dir"))
            ret->dir = value;
        else if (!strcmp(*argv, "bind"))
            ret->bind = value;
        else if (!strcmp(*argv, "http_port"))
            ret->http_port = number(value);
        else if (!strcmp(*argv, "https_port"))
            ret->https_port = number(value);
        else if (!strcmp(*argv, "certs"))
            ret->certs = value;
        else if (!strcmp(*argv, "select"))
            ret->select = value;
        else if (!strcmp(*argv, "wait"))
            ret->wait = value;
        else if (!strcmp(*argv, "template"))
            ret->template = value;
        else if (!strcmp(*argv, "stats_port"))
            ret->stats_port = number(value);
        else if (!strcmp(*argv, "pool"))
            portset_read(&ret->pool, value);
        else if (!strcmp(*argv, "manage"))
            ret->manage = !strcmp(value, "yes");
        else if (!strcmp(*argv, "resync"))
            ret->resync = number(value);
        else if (!strcmp(*argv, "sockets"))
            ret->sockets = value;
        else if (!strcmp(*argv, "reload"))
            ret->reload = value;
        else if (!strcmp(*argv, "reload_timeout"))
            ret->reload_timeout = number(value);
        else if (!strcmp(*argv, "text"))
            ret->renderer = &said->base;
        else if (!strcmp(*argv, "fsize"))
            limit_files(number(value));
        else
            return -1;
    }
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
    CLEAN(err) struct err *err = NULL;
    struct instances all = {0};
    size_t i;
    json_t *object;

    if (!strcmp(line, "refresh")) {
        lb_refresh(d->lb, show, d);
        return;
    }
    CLEAN(json) json_t *list = json_parse(line, strlen(line), &err);
    if (!list) {
        fprintf(stderr, "%s\n", err_msg(err));
        exit(2);
    }
    if (json_is_object(list)) {
        take_rendering(d, list);
        lb_kick(d->lb);
        return;
    }
    json_array_foreach(list, i, object)
        add_instance(object, &all);
    instances_sort(&all);
    catalog_set_all(&d->catalog, &all);
    lb_on_catalog(d->lb, &d->catalog);
    instances_done(&all);
}

static const struct rendering *render_said(struct renderer *r, const struct renderer_input *in,
                                           struct err **err)
{
    struct said *said = (struct said *)r;

    (void)in;
    (void)err;
    if (said->is_new) {
        rendering_stamp_all(&said->next, &said->rendering);
        rendering_done(&said->rendering);
        said->rendering = said->next;
        said->next = (struct rendering){0};
        said->is_new = false;
    }
    return said->is_there ? &said->rendering : NULL;
}

static void take_rendering(struct driver *d, const json_t *object)
{
    struct rendering now = {0};
    const char *path, *key;
    json_t *pairs, *value, *piece;
    size_t i;

    json_array_foreach(json_object_get(object, "pieces"), i, piece) {
        struct sbuf text = SBUF_INIT;

        sbuf_adds(&text, json_str(piece, "text"));
        rendering_add(&now, &text, json_str(piece, "owner"));
    }
    json_object_foreach(json_object_get(object, "maps"), path, pairs) {
        struct kvs *map = rendering_map(&now, path);

        json_object_foreach(pairs, key, value)
            kvs_add(map, key, json_string_value(value));
    }
    rendering_done(&d->said.next);
    d->said.next = now;
    d->said.is_there = d->said.is_new = true;
}

/* As an agent with a limit of its own would have it. */
static void limit_files(unsigned bytes)
{
    struct rlimit limit = {bytes, bytes};

    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
}

static void add_instance(const json_t *object, struct instances *ret)
{
    struct instance *i = instances_add(ret);
    const char *key;
    json_t *value;

    i->id = text_of(object, "id");
    i->service = text_of(object, "service");
    i->node = text_of(object, "node");
    i->address = text_of(object, "address");
    i->port = (uint16_t)number_of(object, "port");
    i->state = state_of(json_str(object, "state"));
    json_object_foreach(json_obj(object, "meta"), key, value)
        kvs_add(&i->meta, key, json_string_value(value));
    kvs_sort(&i->meta);
}

static char *text_of(const json_t *object, const char *key)
{
    const char *text = json_str(object, key);

    return xstrdup(text ? text : "");
}

static unsigned number_of(const json_t *object, const char *key)
{
    return (unsigned)json_integer_value(json_object_get(object, key));
}

static enum instance_state state_of(const char *name)
{
    if (name && !strcmp(name, "draining"))
        return INSTANCE_DRAINING;
    return name && !strcmp(name, "critical") ? INSTANCE_CRITICAL : INSTANCE_PASSING;
}

static void show(void *arg)
{
    struct driver *d = arg;
    CLEAN(json) json_t *state = json_object();
    json_t *backends = json_array();
    struct lb_backends all = {0};

    lb_backends(d->lb, &all);
    for (size_t i = 0; i < all.n; i++)
        json_array_append_new(backends, backend_json(&all.v[i]));
    lb_backends_done(&all);
    json_object_set_new(state, "backends", backends);
    json_object_set_new(state, "problems", problems_json(lb_problems(d->lb)));
    json_object_set_new(state, "counters", counters_json(lb_counters(d->lb)));
    json_object_set_new(state, "passes", json_integer((json_int_t)lb_sync(d->lb)->passes));
    json_object_set_new(state, "banned", json_integer((json_int_t)lb_banned(d->lb)));
    json_set_str(state, "error", lb_sync(d->lb)->last_error);
    json_dumpf(state, stdout, JSON_COMPACT);
    putchar('\n');
    fflush(stdout);
}

static json_t *backend_json(const struct lb_backend *b)
{
    json_t *object = json_object(), *vhosts = json_array(), *ports = json_array();
    json_t *servers = json_array();

    for (size_t i = 0; i < b->vhosts.n; i++)
        json_array_append_new(vhosts, json_string(b->vhosts.v[i]));
    for (size_t i = 0; i < b->n_service_ports; i++)
        json_array_append_new(ports, json_integer(b->service_ports[i]));
    for (size_t i = 0; i < b->n_servers; i++)
        json_array_append_new(servers, server_json(&b->servers[i]));
    json_set_str(object, "name", b->name);
    json_set_str(object, "service", b->service);
    json_set_str(object, "mode", b->mode);
    json_object_set_new(object, "vhosts", vhosts);
    json_object_set_new(object, "service_ports", ports);
    json_object_set_new(object, "servers", servers);
    return object;
}

static json_t *server_json(const struct lb_server *s)
{
    json_t *object = json_object();

    json_set_str(object, "name", s->name);
    json_set_str(object, "instance_id", s->instance_id);
    json_set_str(object, "address", s->address);
    json_object_set_new(object, "port", json_integer(s->port));
    json_object_set_new(object, "weight", json_integer(s->weight));
    json_set_str(object, "state", s->state);
    return object;
}

static json_t *problems_json(const struct problems *l)
{
    json_t *array = json_array();

    for (size_t i = 0; i < l->n; i++) {
        CLEAN(free_str) char *text = xasprintf("%s: %s", l->v[i].subject, l->v[i].text);
        json_t *string = json_string(text);

        json_array_append_new(array, string ? string : json_string("(no UTF-8)"));
    }
    return array;
}

static json_t *counters_json(const struct lb_counters *c)
{
    json_t *object = json_object();

    json_object_set_new(object, "reloads", json_integer((json_int_t)c->reloads));
    json_object_set_new(object, "reload_failures", json_integer((json_int_t)c->reload_failures));
    json_object_set_new(object, "runtime_commands", json_integer((json_int_t)c->runtime_commands));
    json_object_set_new(object, "runtime_failures", json_integer((json_int_t)c->runtime_failures));
    return object;
}
