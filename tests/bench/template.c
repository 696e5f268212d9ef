/* How long a template takes: an HAProxy configuration of services with ten instances each; and how
 * long berth's own configuration takes, whole and after one instance has changed.
 * `make bench-template`, on a build without sanitizers. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lb-template/routes_renderer.h"
#include "lb-template/tmpl/data.h"
#include "lb-template/tmpl/tmpl.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"

#define INSTANCES 10
#define ROUNDS 5
#define CHANGES 50

static const char text[] =
    "global\n    maxconn {{keyOrDefault \"haproxy/maxconn\" \"1000\"}}\n"
    "{{- range services}}{{$name := .Name | toLower | replaceAll \".\" \"_\"}}\n"
    "backend {{$name}}\n    balance leastconn\n"
    "{{- range service .Name}}\n"
    "    server {{.Node}}_{{.Port}} {{.Address}}:{{.Port}} weight {{.Weights.Passing}}"
    "{{if .Tags | contains \"check\"}} check{{end}}"
    "{{with index .ServiceMeta \"maxconn\"}} maxconn {{.}}{{end}}\n"
    "{{- else}}\n    server none 127.0.0.1:65535\n{{- end}}{{end}}\n";

/* Of the processor, so that a busy machine shows the same figures. */
static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static json_t *make_instance(unsigned service, unsigned n)
{
    char node[32], address[32];

    snprintf(node, sizeof node, "node-%u", n);
    snprintf(address, sizeof address, "10.%u.%u.%u", service >> 8 & 255, service & 255, n);
    return json_pack("{s:s, s:s, s:i, s:[s,s], s:{s:s}, s:{s:i}}", "Node", node, "Address", address,
                     "Port", 20000 + (int)n, "Tags", "http", "check", "ServiceMeta", "maxconn",
                     "100", "Weights", "Passing", 1);
}

static struct tmpl_data *make_data(unsigned n)
{
    CLEAN(json) json_t *document = json_object();
    json_t *services = json_object();

    json_object_set_new(document, "services", services);
    json_object_set_new(document, "keys", json_object());
    for (unsigned i = 0; i < n; i++) {
        json_t *instances = json_array();
        char name[32];

        for (unsigned k = 0; k < INSTANCES; k++)
            json_array_append_new(instances, make_instance(i, k));
        snprintf(name, sizeof name, "service-%05u", i);
        json_object_set_new(services, name, instances);
    }
    return tmpl_data_new(document, NULL);
}

/* The fastest of a few rounds; the first one pays for memory. */
static int measure(unsigned n_services)
{
    struct tmpl_data *data = make_data(n_services);
    const struct tmpl_source source = {tmpl_data_get, data};
    const struct tmpl_run run = {.source = &source};
    double parsing = 1e9, evaluating = 1e9;
    struct tmpl_result result = {0};
    struct err *err = NULL;

    for (int i = 0; i < ROUNDS && !err; i++) {
        double start = seconds();
        struct tmpl *t = tmpl_parse("bench", text, sizeof text - 1, NULL, NULL, &err);
        double parsed = seconds();

        tmpl_result_done(&result);
        if (!t || tmpl_execute(t, &run, &result, &err))
            fprintf(stderr, "%s\n", err_msg(err));
        double done = seconds();
        parsing = parsed - start < parsing ? parsed - start : parsing;
        evaluating = done - parsed < evaluating ? done - parsed : evaluating;
        tmpl_free(t);
    }
    double servers = n_services * (double)INSTANCES;
    printf("| %7.0f | %8.3f | %11.2f | %9.0f | %9.2f | %9.2f | %9llu |\n", servers, parsing * 1e3,
           evaluating * 1e3, evaluating * 1e9 / servers, (double)result.text.len / 1e6,
           (double)result.memory / 1e6, (unsigned long long)result.steps);
    tmpl_result_done(&result);
    tmpl_data_free(data);
    int failed = err != NULL;
    err_free(err);
    return failed;
}

static void add_instance(struct instances *l, unsigned service, unsigned n, unsigned weight)
{
    struct instance *i = instances_add(l);

    i->service = xasprintf("service-%05u", service);
    i->node = xasprintf("node-%u", n);
    i->id = xasprintf("node-%u:%s-%u:8080", n, i->service, n);
    i->address = xasprintf("10.%u.%u.%u", service >> 8 & 255, service & 255, n);
    i->port = (uint16_t)(20000 + n);
    i->weight = weight;
    kvs_add(&i->meta, META_PROTOCOL, "tcp");
    CLEAN(free_str) char *vhost = xasprintf("%s.example", i->service);
    kvs_add(&i->meta, META_VHOST, vhost);
}

static void set_service(struct catalog *c, unsigned service, unsigned weight)
{
    CLEAN(free_str) char *name = xasprintf("service-%05u", service);
    struct instances now = {0};

    for (unsigned n = 0; n < INSTANCES; n++)
        add_instance(&now, service, n, n ? 1 : weight);
    instances_sort(&now);
    catalog_set(c, name, &now);
    instances_done(&now);
}

static int probe(void *arg, unsigned port, struct err **err)
{
    (void)arg;
    (void)port;
    (void)err;
    return 0;
}

static size_t heap(void)
{
    return mallinfo2().uordblks + mallinfo2().hblkhd;
}

/* The whole of berth's own configuration, and the best and worst of one changed instance. */
static int measure_renderer(unsigned n_services)
{
    static char dir[] = "/run/berth";
    static const struct strv nobody;
    static const struct select all;
    static const struct settings settings = {
        .dir = dir, .render = {.dir = dir, .bind = "*", .http_port = 80, .nofile = 1 << 20}};
    struct routes_renderer *r = routes_renderer_new(&settings, &all, NULL);
    struct renderer *base = routes_renderer_base(r);
    struct renderer_input in = {.without = &nobody, .probe = probe};
    struct catalog catalog = {0};
    double best = 1e9, worst = 0.;

    for (unsigned i = 0; i < n_services; i++)
        set_service(&catalog, i, 1);
    routes_renderer_catalog(r, &catalog);
    size_t before = heap();
    double start = seconds();
    const struct rendering *now = base->render(base, &in, NULL);
    double whole = seconds() - start;
    for (unsigned i = 0; now && i < CHANGES; i++) {
        set_service(&catalog, i * 7919u % n_services, 2 + i);
        start = seconds();
        now = base->render(base, &in, NULL);
        double took = seconds() - start;
        best = took < best ? took : best;
        worst = took > worst ? took : worst;
    }
    printf("| %7u | %8.1f | %14.2f | %15.2f | %9.2f |\n", n_services * INSTANCES, whole * 1e3,
           best * 1e3, worst * 1e3, (double)(heap() - before) / 1e6);
    routes_renderer_free(r);
    catalog_done(&catalog);
    return !now;
}

int main(void)
{
    int failed = 0;

    puts("| servers | parse ms | evaluate ms | ns/server | output MB | memory MB |     steps |");
    puts("|--------:|---------:|------------:|----------:|----------:|----------:|----------:|");
    for (unsigned n = 100; n <= 10000; n *= 10)
        failed |= measure(n);
    puts("\n| servers | whole ms | change best ms | change worst ms | memory MB |\n"
         "|--------:|---------:|---------------:|----------------:|----------:|");
    for (unsigned n = 100; n <= 10000; n *= 10)
        failed |= measure_renderer(n);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
