/* Marathon's apps as instances, and the definitions that a node keeps. */
#include <stdlib.h>
#include <string.h>

#include "agent/marathon_defs.h"
#include "agent/marathon_source.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

#define NOW 1795168900.0 /* all tasks of apps.json began some 100 s before */

static void render(const struct instances *l, struct sbuf *out)
{
    for (size_t n = 0; n < l->n; n++) {
        const struct instance *i = &l->v[n];

        sbuf_addf(out, "%s %s %s\n  %s:%u %s\n", i->service, i->node, i->id, i->address, i->port,
                  instance_state_name(i->state));
        for (size_t k = 0; k < i->meta.n; k++)
            sbuf_addf(out, "  %s=%s\n", i->meta.v[k].key, i->meta.v[k].value);
    }
}

static void read_file(const char *path, struct marathon_apps *ret)
{
    size_t len;
    CLEAN(free_str) char *text = tests_read(path, &len);

    marathon_apps_parse(text, len, ret, NULL, NULL);
}

static void test_golden(const char *scheme, const char *golden)
{
    struct marathon_source s = {.scheme = scheme};
    struct problems problems = {0};
    struct marathon_apps apps = {0};
    struct instances l = {0};
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;

    read_file("fixtures/marathon/apps.json", &apps);
    marathon_source_update(&s, &apps, NULL, NOW);
    marathon_source_report(&s, &problems);
    catalog_lend(&s.catalog, &l);
    render(&l, &got);
    is_golden(sbuf_str(&got), golden);
    is_int((long long)problems.n, 0, "by %s: no problem", scheme);
    free(l.v);
    problems_done(&problems);
    marathon_apps_done(&apps);
    marathon_source_done(&s);
}

static const struct {
    const char *name, *task, *states;
    double next; /* seconds from now; 0: never */
} states[] = {
    {"running", "\"state\": \"TASK_RUNNING\"", "passing", 0},
    {"a check failed", "\"state\": \"TASK_RUNNING\", \"healthCheckResults\": [{\"alive\": false}]",
     "critical", 0},
    {"a check is good", "\"state\": \"TASK_RUNNING\", \"healthCheckResults\": [{\"alive\": true}]",
     "passing", 0},
    {"no result yet", "\"state\": \"TASK_RUNNING\", \"startedAt\": \"2026-11-20T10:01:40.000Z\"",
     "starting", 30},
    {"no result after a while",
     "\"state\": \"TASK_RUNNING\", \"startedAt\": \"2026-11-20T09:00:00.000Z\"", "passing", 0},
    {"killed", "\"state\": \"TASK_KILLING\"", "draining", 0},
    {"unreachable", "\"state\": \"TASK_UNREACHABLE\"", "passing", 0},
    {"staging", "\"state\": \"TASK_STAGING\"", "", 0},
    {"failed", "\"state\": \"TASK_FAILED\"", "", 0},
    {"ended", "\"state\": \"TASK_FINISHED\"", "", 0},
};

static void test_states(void)
{
    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        CLEAN(free_str)
        char *text = xasprintf("{\"id\": \"/a\", \"ports\": [10000], \"labels\": {\"SERVICE_ID\": "
                               "\"same\"}, \"healthChecks\": [{\"gracePeriodSeconds\": 20, "
                               "\"intervalSeconds\": 10}], \"tasks\": [{\"id\": \"t\", \"host\": "
                               "\"node-a.example\", \"ports\": [31000], %s}]}",
                               states[i].task);
        struct marathon_app app = {0};
        struct instances l = {0};

        marathon_app_parse(text, strlen(text), &app, NULL, NULL);
        double next = marathon_source_read(&app, "last", NOW, &l, NULL);
        is_str(l.n ? instance_state_name(l.v[0].state) : "", states[i].states, "%s",
               states[i].name);
        is_int((long long)(next > 0 ? next - NOW : 0), (long long)states[i].next, "%s: again",
               states[i].name);
        if (l.n) {
            is_str(l.v[0].address, "node-a.example", "%s: at its host's name", states[i].name);
            is_str(l.v[0].id, "same@t", "%s: an id of its own", states[i].name);
        }
        instances_done(&l);
        marathon_app_done(&app);
    }
}

static void test_update(void)
{
    struct marathon_source s = {.scheme = "last"};
    struct marathon_apps apps = {0};
    struct instances l = {0};

    read_file("fixtures/marathon/apps.json", &apps);
    marathon_source_update(&s, &apps, NULL, NOW);
    marathon_tasks_done(&marathon_apps_find(&apps, "/shop/greet")->tasks);
    marathon_source_update(&s, &apps, "/shop/greet", NOW);
    marathon_apps_remove(&apps, "/shop/cni");
    marathon_source_update(&s, &apps, "/shop/cni", NOW);
    catalog_lend(&s.catalog, &l);
    for (size_t i = 0; i < l.n; i++)
        ok(strcmp(l.v[i].service, "cni") && strncmp(l.v[i].service, "greet", 5), "%s is left",
           l.v[i].id);
    free(l.v);
    marathon_apps_done(&apps);
    marathon_source_done(&s);
}

static void test_defs(void)
{
    static const char text[] =
        "{\"id\": \"/a\", \"version\": \"2\", \"env\": {\"PASSWORD\": \"secret\"}, \"cmd\": "
        "\"secret\", \"networks\": [{\"mode\": \"container/bridge\"}], \"container\": {\"docker\": "
        "{\"image\": \"secret\"}, \"portMappings\": [{\"containerPort\": 80, \"servicePort\": "
        "10000}]}}";
    struct marathon_defs d = {0}, again = {0};
    struct marathon_def *def = marathon_defs_want(&d, "/a", "1");

    ok(marathon_defs_next(&d) == def, "it is to be fetched");
    is_int(marathon_defs_take(&d, def, text, strlen(text), NULL), 0, "it is taken");
    ok(!marathon_defs_next(&d), "nothing is left to be fetched");
    CLEAN(free_str) char *file = marathon_defs_text(&d);
    ok(!strstr(file, "secret"), "what the file does not need is not there");
    marathon_defs_load(&again, file, strlen(file));
    def = marathon_defs_find(&again, "/a", "1");
    ok(def && def->state == MARATHON_DEF_KNOWN, "it is known again");
    is_int(def ? def->app.ports.v[0].service_port : 0, 10000, "with its service port");
    ok(marathon_defs_sweep(&again), "nobody has seen it: it is forgotten");
    is_int((long long)again.n, 0, "nothing is left");
    def = marathon_defs_want(&again, "/b", "1");
    is_int(marathon_defs_take(&again, def, text, strlen(text), NULL), -1, "another app's");
    marathon_defs_load(&again, "{\"definitions\": [7, {}, {\"version\": \"1\", \"app\": 1}]}", 52);
    is_int((long long)again.n, 1, "a file that is none adds nothing");
    marathon_defs_done(&d);
    marathon_defs_done(&again);
}

int main(void)
{
    test_golden("last", "marathon/instances.txt");
    test_golden("path", "marathon/instances-path.txt");
    test_states();
    test_update();
    test_defs();
    return tap_done();
}
