/* Marathon's documents as values: both network forms, what does not fit, what has changed. */
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/marathon_app.h"
#include "lib/marathon_json.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static void render_kvs(const struct kvs *m, const char *what, struct sbuf *out)
{
    for (size_t i = 0; i < m->n; i++) {
        sbuf_addf(out, "  %s %s=", what, m->v[i].key);
        sbuf_add_printable(out, m->v[i].value);
        sbuf_addch(out, '\n');
    }
}

static void render_ports(const struct marathon_ports *ports, struct sbuf *out)
{
    for (size_t i = 0; i < ports->n; i++) {
        const struct marathon_port *p = &ports->v[i];

        sbuf_addf(out, "  port %zu %s service %u container %u host %u%s%s%s\n", i,
                  p->name ? p->name : "-", p->service_port, p->container_port, p->host_port,
                  p->mapped ? " mapped" : "", p->tcp ? " tcp" : "", p->udp ? " udp" : "");
        render_kvs(&p->labels, "  label", out);
    }
}

static void render_checks(const struct marathon_checks *checks, struct sbuf *out)
{
    static const char *const kinds[] = {"http", "https", "tcp", "command", "other"};

    for (size_t i = 0; i < checks->n; i++) {
        const struct marathon_check *c = &checks->v[i];

        sbuf_addf(out, "  check %s%s", kinds[c->kind], c->by_mesos ? " by mesos" : "");
        if (c->indexed)
            sbuf_addf(out, " index %u", c->port_index);
        sbuf_addf(out, " port %u path %s %u/%u/%u/%u\n", c->port, c->path ? c->path : "-", c->grace,
                  c->interval, c->timeout, c->max_failures);
    }
}

static void render_task(const struct marathon_app *a, const struct marathon_task *t,
                        struct sbuf *out)
{
    static const char *const ready[] = {"", " not ready", " ready"};
    const char *address;
    uint16_t port;

    sbuf_addf(out, "  task %s %s %s started %.1f alive %u/%u%s%s\n", t->id, t->host,
              marathon_state_name(t->state), t->started_at, t->alive, t->checked, ready[t->ready],
              marathon_app_healthy(a, t, false) ? "" : " unhealthy");
    for (size_t i = 0; i < a->ports.n; i++)
        if (marathon_app_reach(a, t, i, &address, &port))
            sbuf_addf(out, "    %zu at %s %u, host port %u\n", i, address, port,
                      marathon_app_host_port(a, t, i));
}

static void render(const struct marathon_apps *l, struct sbuf *out)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct marathon_app *a = &l->v[i];
        CLEAN(free_str) char *networks = strv_join(&a->networks, " ");
        CLEAN(free_str) char *deployments = strv_join(&a->deployments, " ");

        sbuf_addf(out, "%s %s x%u %s [%s] deployments [%s] readiness %u capacity %.1f+%.1f\n",
                  a->id, a->version, a->instances, marathon_network_name(a->network), networks,
                  deployments, a->readiness_checks, a->min_health, a->max_over);
        render_kvs(&a->labels, "label", out);
        render_kvs(&a->env, "env", out);
        render_ports(&a->ports, out);
        render_checks(&a->checks, out);
        for (size_t k = 0; k < a->tasks.n; k++)
            render_task(a, &a->tasks.v[k], out);
    }
}

static void test_documents(void)
{
    static const char *const names[] = {"apps", "apps-legacy-1.4", "apps-own-address"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        CLEAN(free_str) char *path = xasprintf("fixtures/marathon/%s.json", names[i]);
        CLEAN(free_str) char *golden = xasprintf("marathon/%s.txt", names[i]);
        CLEAN(sbuf) struct sbuf got = SBUF_INIT;
        struct marathon_apps apps = {0}, again = {0};
        struct problems problems = {0};
        size_t len;
        CLEAN(free_str) char *text = tests_read(path, &len);

        is_int(marathon_apps_parse(text, len, &apps, &problems, NULL), 0, "%s", names[i]);
        is_int((long long)problems.n, 0, "%s has no problem", names[i]);
        render(&apps, &got);
        is_golden(sbuf_str(&got), golden);
        marathon_apps_parse(text, len, &again, NULL, NULL);
        ok(marathon_apps_equal(&apps, &again), "%s equals itself", names[i]);
        marathon_apps_done(&apps);
        marathon_apps_done(&again);
        problems_done(&problems);
    }
}

#define APP "{\"id\": \"/a\", "
#define TASK APP "\"tasks\": [{\"id\": \"t\", \"host\": \"h\""

/* Each stands beside an app that is fine, which stays. */
static const struct {
    const char *app;
    const char *problem; /* how it begins; NULL: there is none */
} wrong[] = {
    {APP "\"instances\": 2}", NULL},
    {"{}", "it is left out: \"id\" is not the id"},
    {"7", "it is left out: \"id\" is not the id"},
    {"{\"id\": 7}", "it is left out: \"id\" is no text"},
    {"{\"id\": \"a\"}", "it is left out: \"id\" is not the id"},
    {"{\"id\": \"/a b\"}", "it is left out: \"id\" is not the id"},
    {"{\"id\": \"/a/\"}", "it is left out: \"id\" is not the id"},
    {"{\"id\": \"/a//b\"}", "it is left out: \"id\" is not the id"},
    {"{\"id\": \"/a/../b\"}", "it is left out: \"id\" is not the id"},
    {"{\"id\": \"/a\\nb\"}", "it is left out: \"id\" is no text"},
    {APP "\"instances\": -1}", "it is left out: \"instances\" is no number"},
    {APP "\"instances\": \"x\"}", "it is left out: \"instances\" is no number"},
    {APP "\"instances\": null}", NULL},
    {APP "\"ports\": [65536]}", "it is left out: \"port\" is no number from 0 to 65535"},
    {APP "\"ports\": [\"x\"]}", "it is left out: a port is no object"},
    {APP "\"ports\": [0]}", NULL},
    {APP "\"portDefinitions\": [{\"port\": 1, \"protocol\": \"sctp\"}]}",
     "it is left out: a port's protocol is neither"},
    {APP "\"portDefinitions\": [{\"port\": 1, \"name\": \"a\\u0001\"}]}",
     "it is left out: \"name\" is no text"},
    {APP "\"healthChecks\": [{\"timeoutSeconds\": 1e300}]}",
     "it is left out: \"timeoutSeconds\" is no number"},
    {APP "\"healthChecks\": [7]}", "it is left out: a health check is no object"},
    {APP "\"labels\": 7, \"env\": [], \"tasks\": {}, \"networks\": 1, \"container\": \"x\"}", NULL},
    {APP "\"upgradeStrategy\": {\"minimumHealthCapacity\": 7}}", NULL},
    {TASK "}]}", NULL},
    {TASK ", \"ports\": [70000]}]}", "a task is left out: \"ports\" has a member that is no port"},
    {APP "\"tasks\": [7]}", "a task is left out: it has no id"},
    {APP "\"tasks\": [{\"id\": \"t\"}]}", "a task is left out: its \"host\""},
    {APP "\"tasks\": [{\"id\": \"t\", \"host\": \"a b\"}]}", "a task is left out: its \"host\""},
    {APP "\"tasks\": [{\"id\": \"t\", \"host\": \"a;b\"}]}", "a task is left out: its \"host\""},
};

static void test_wrong(void)
{
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        CLEAN(free_str)
        char *text = xasprintf("{\"apps\": [%s, {\"id\": \"/fine\"}]}", wrong[i].app);
        struct marathon_apps apps = {0};
        struct problems problems = {0};

        marathon_apps_parse(text, strlen(text), &apps, &problems, NULL);
        ok(marathon_apps_find(&apps, "/fine") != NULL, "beside %s", wrong[i].app);
        is_int((long long)problems.n, wrong[i].problem ? 1 : 0, "problems of %s", wrong[i].app);
        if (problems.n && wrong[i].problem)
            ok(!strncmp(problems.v[0].text, wrong[i].problem, strlen(wrong[i].problem)), "%s: %s",
               wrong[i].app, problems.v[0].text);
        marathon_apps_done(&apps);
        problems_done(&problems);
    }
}

static const char *const no_documents[] = {"",
                                           "<html><body>502</body></html>",
                                           "{",
                                           "{\"apps\": [{\"id\": \"/a\"",
                                           "[]",
                                           "{}",
                                           "null",
                                           "{\"apps\": {}}",
                                           "\"x\"",
                                           "{\"message\": \"no leader\"}",
                                           "{1: 2}",
                                           "{\"apps\" []}",
                                           "{\"apps\": []} x",
                                           "{\"apps\": [],}",
                                           "{\"apps\": [{\"id\": \"/a\"} 2]}",
                                           "{\"apps\": [{\"id\": \"/a\"},]}",
                                           "{\"apps\": [], \"x\": 1 2}",
                                           "{\"apps\": [}"};

static void test_no_documents(void)
{
    for (size_t i = 0; i < ARRAY_LEN(no_documents); i++) {
        CLEAN(err) struct err *err = NULL;
        struct marathon_apps apps = {0};

        is_int(marathon_apps_parse(no_documents[i], strlen(no_documents[i]), &apps, NULL, &err), -1,
               "no list: %s", no_documents[i]);
        ok(strstr(err_msg(err), "Marathon's answer") != NULL, "says %s", err_msg(err));
        is_int(apps.n, 0, "and nothing of it is kept");
        marathon_apps_done(&apps);
    }
}

/* Whatever stands beside the list, and in it. */
static void test_list(void)
{
    static const char text[] =
        " {\"x\": {\"apps\": [{\"id\": \"/x\"}]}, \"n\": 12, \"\\u00fc\": 1e3 ,\n"
        "\"apps\" : [ {\"id\": \"/b\"} , 7, {\"id\": \"/a\"}, {\"id\": "
        "\"/b\"}, null ]\r\n, \"y\": null\t} \n";
    struct marathon_apps apps = {0};
    struct problems problems = {0};

    is_int(marathon_apps_parse(text, strlen(text), &apps, &problems, NULL), 0, "it is a list");
    ok(apps.n == 2 && !strcmp(apps.v[0].id, "/a") && !strcmp(apps.v[1].id, "/b"), "of two apps");
    is_int(problems.n, 1, "and what is no app is reported");
    marathon_apps_done(&apps);
    problems_done(&problems);
}

/* An app with 'n' ports, labels or checks, whatever 'member' is. */
static bool takes(const char *member, const char *one, size_t n)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    struct marathon_app app = {0};

    sbuf_addf(&text, "{\"id\": \"/a\", \"%s\": [", member);
    for (size_t i = 0; i < n; i++)
        sbuf_addf(&text, "%s%s", i ? "," : "", one);
    sbuf_adds(&text, "]}");
    bool taken = !marathon_app_parse(text.data, text.len, &app, NULL, NULL);
    marathon_app_done(&app);
    return taken;
}

static void test_limits(void)
{
    ok(takes("ports", "10000", 200), "200 ports");
    ok(takes("ports", "10000", MARATHON_PORTS_MAX), "as many ports as may be");
    ok(!takes("ports", "10000", MARATHON_PORTS_MAX + 1), "one port more");
    ok(takes("healthChecks", "{}", MARATHON_CHECKS_MAX), "as many checks as may be");
    ok(!takes("healthChecks", "{}", MARATHON_CHECKS_MAX + 1), "one check more");
}

static void parse_one(const char *text, struct marathon_app *ret)
{
    is_int(marathon_app_parse(text, strlen(text), ret, NULL, NULL), 0, "parse %s", text);
}

static void test_put(void)
{
    struct marathon_apps apps = {0};
    struct marathon_app app = {0};

    parse_one("{\"app\": {\"id\": \"/b\", \"instances\": 2}}", &app);
    ok(marathon_apps_put(&apps, &app), "a new one");
    parse_one("{\"id\": \"/b\", \"instances\": 2}", &app);
    ok(!marathon_apps_put(&apps, &app), "the same again");
    parse_one("{\"id\": \"/b\", \"instances\": 3}", &app);
    ok(marathon_apps_put(&apps, &app), "a changed one");
    parse_one("{\"id\": \"/a\"}", &app);
    ok(marathon_apps_put(&apps, &app), "one before it");
    is_str(apps.v[0].id, "/a", "they are sorted");
    is_int(marathon_apps_find(&apps, "/b")->instances, 3, "the change is there");
    ok(marathon_apps_remove(&apps, "/a"), "removed");
    ok(!marathon_apps_remove(&apps, "/a"), "it was gone");
    is_int((long long)apps.n, 1, "one is left");
    marathon_apps_done(&apps);
}

static const struct {
    const char *text;
    double wanted;
} times[] = {
    {"1970-01-01T00:00:01.500Z", 1.5},
    {"2026-11-20T10:00:04.000Z", 1795168804},
    {"1969-12-31T23:59:59.000Z", 0},
    {"yesterday", 0},
    {"2026-11-20", 0},
    {"2026-11-20T10:00:nan", 0},
};

static void test_times(void)
{
    for (size_t i = 0; i < ARRAY_LEN(times); i++)
        is_int((long long)(marathon_time(times[i].text) * 1000),
               (long long)(times[i].wanted * 1000), "%s", times[i].text);
}

int main(void)
{
    test_documents();
    test_wrong();
    test_no_documents();
    test_list();
    test_limits();
    test_put();
    test_times();
    return tap_done();
}
