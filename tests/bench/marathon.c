/* What marathon-lb's labels cost: Marathon's answer about N apps of five tasks -> a configuration,
 * and then one task more and less. Prints a line of JSON; tests/bench/bench-marathon calls it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lb-template/mlb/mlb.h"
#include "lib/clean.h"
#include "lib/marathon_app.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

#define TASKS 5
#define CHANGES 100

static struct marathon_apps apps;

/* Of the processor, so that a busy machine shows the same figures. */
static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void add_app(struct sbuf *out, unsigned n, unsigned tasks)
{
    sbuf_addf(out,
              "{\"id\":\"/team%u/app%u\",\"instances\":%u,\"labels\":{\"HAPROXY_GROUP\":"
              "\"external\",\"HAPROXY_0_VHOST\":\"app%u.example\"},\"env\":{\"A\":\"b\"},"
              "\"healthChecks\":[{\"protocol\":\"HTTP\",\"path\":\"/\",\"portIndex\":0}],"
              "\"networks\":[{\"mode\":\"container/bridge\"}],\"container\":{\"portMappings\":["
              "{\"containerPort\":80,\"hostPort\":0,\"servicePort\":%u}]},\"tasks\":[",
              n % 50, n, tasks, n, 10000 + n);
    for (unsigned i = 0; i < tasks; i++)
        sbuf_addf(out,
                  "%s{\"id\":\"app%u.%u\",\"appId\":\"/team%u/app%u\",\"host\":\"10.0.%u.%u\","
                  "\"ports\":[%u],\"state\":\"TASK_RUNNING\",\"startedAt\":"
                  "\"2026-01-01T00:00:00.000Z\",\"healthCheckResults\":[{\"alive\":true}]}",
                  i ? "," : "", n, i, n % 50, n, i, n % 250 + 1, 31000 + n % 1000);
    sbuf_adds(out, "]}");
}

static const struct marathon_apps *lend(void *arg)
{
    (void)arg;
    return &apps;
}

static size_t render(struct mlb *m)
{
    static const struct strv nobody;
    struct problems problems = {0};
    struct renderer *r = mlb_renderer(m);
    const struct rendering *now =
        r->render(r, &(struct renderer_input){.without = &nobody, .problems = &problems}, NULL);
    size_t len = 0;

    for (size_t i = 0; i < now->n; i++)
        len += now->v[i].len;
    problems_done(&problems);
    return len;
}

/* The median of what one app's new document costs, from its bytes to the pieces; milliseconds. */
static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static double change(struct mlb *m, unsigned n)
{
    double times[CHANGES];

    for (unsigned i = 0; i < CHANGES; i++) {
        CLEAN(sbuf) struct sbuf text = SBUF_INIT;
        struct marathon_app app = {0};

        add_app(&text, n / 2, TASKS + 1 - i % 2);
        double began = seconds();
        marathon_app_parse(text.data, text.len, &app, NULL, NULL);
        CLEAN(free_str) char *id = xstrdup(app.id);
        marathon_apps_put(&apps, &app);
        mlb_mark(m, id);
        render(m);
        times[i] = (seconds() - began) * 1000;
    }
    qsort(times, CHANGES, sizeof *times, by_value);
    return times[CHANGES / 2];
}

int main(int argc, char **argv)
{
    unsigned n = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100;
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    struct mlb_options options = {.dir = "/run/berth", .maxconn = 1000};
    const struct mlb_source source = {.apps = lend};

    strv_add(&options.groups, "external");
    strv_add(&options.ssl_certs, "/etc/ssl/cert.pem");
    sbuf_adds(&text, "{\"apps\":[");
    for (unsigned i = 0; i < n; i++) {
        sbuf_adds(&text, i ? "," : "");
        add_app(&text, i, TASKS);
    }
    sbuf_adds(&text, "]}");
    double began = seconds();
    if (marathon_apps_parse(text.data, text.len, &apps, NULL, NULL))
        return EXIT_FAILURE;
    double parsed = seconds();
    struct mlb *m = mlb_new(&options, &source);
    size_t len = render(m);
    double rendered = seconds();
    double changed = change(m, n);

    printf("{\"answer_mb\": %.1f, \"text_mb\": %.1f, \"parse_s\": %.3f, \"render_s\": %.3f, "
           "\"change_ms\": %.3f}\n",
           (double)text.len / 1e6, (double)len / 1e6, parsed - began, rendered - parsed, changed);
    mlb_free(m);
    mlb_options_done(&options);
    marathon_apps_done(&apps);
    return EXIT_SUCCESS;
}
