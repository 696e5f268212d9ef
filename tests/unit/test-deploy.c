/* berth deploy without a Marathon: the definition, the load balancers' statistics, the next step.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/deploy_app.h"
#include "agent/deploy_patience.h"
#include "agent/deploy_plan.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

#define LABELS "\"HAPROXY_DEPLOYMENT_GROUP\": \"g\", \"HAPROXY_DEPLOYMENT_ALT_PORT\": \"10001\""
#define PORTS                                                                                      \
    "\"networks\": [{\"mode\": \"container/bridge\"}], \"container\": {\"portMappings\": "         \
    "[{\"containerPort\": 80, \"servicePort\": 10000}]}"

/* ---- the definition ---- */

static const struct {
    const char *name, *app;
    const char *before; /* what serves; NULL: nothing */
    unsigned initial, split;
    const char *wanted; /* id, instances, port, colour, target, HAPROXY_0_PORT; or the error */
} definitions[] = {
    {"the first one", "{\"id\": \"/a\", \"instances\": 3, \"labels\": {" LABELS "}, " PORTS "}",
     NULL, 1, 0, "/a-blue 3 10000 blue 3 10000 -"},
    {"the second one", "{\"id\": \"/a\", \"instances\": 3, \"labels\": {" LABELS "}, " PORTS "}",
     "{\"id\": \"/a-blue\", \"labels\": {\"HAPROXY_DEPLOYMENT_COLOUR\": \"blue\"}, " PORTS "}", 1,
     0, "/a-green 1 10001 green 3 10000 -"},
    {"back to the first port",
     "{\"id\": \"/a\", \"instances\": 3, \"labels\": {" LABELS "}, " PORTS "}",
     "{\"id\": \"/a-green\", \"labels\": {\"HAPROXY_DEPLOYMENT_COLOUR\": \"green\"}, "
     "\"portDefinitions\": [{\"port\": 10001}]}",
     2, 0, "/a-blue 2 10000 blue 3 10000 -"},
    {"a split", "{\"id\": \"/a\", \"instances\": 5, \"labels\": {" LABELS "}, " PORTS "}",
     "{\"id\": \"/a-blue\", \"labels\": {\"HAPROXY_DEPLOYMENT_COLOUR\": \"blue\"}, " PORTS "}", 4,
     2, "/a-green 2 10001 green 5 10000 2"},
    {"host mode, and a port of its own in front",
     "{\"id\": \"/a\", \"instances\": 1, \"labels\": {" LABELS ", \"HAPROXY_0_PORT\": \"80\"}, "
     "\"portDefinitions\": [{\"port\": 10000}]}",
     NULL, 1, 0, "/a-blue 1 10000 blue 1 80 -"},
    {"before 1.5", "{\"id\": \"/a\", \"labels\": {" LABELS "}, \"ports\": [10000]}", NULL, 1, 0,
     "/a-blue 1 10000 blue 1 10000 -"},
    {"no group", "{\"id\": \"/a\", \"labels\": {}, " PORTS "}", NULL, 1, 0,
     "/a has no label HAPROXY_DEPLOYMENT_GROUP"},
    {"no other port",
     "{\"id\": \"/a\", \"labels\": {\"HAPROXY_DEPLOYMENT_GROUP\": \"g\", "
     "\"HAPROXY_DEPLOYMENT_ALT_PORT\": \"x\"}, " PORTS "}",
     NULL, 1, 0, "/a has no label HAPROXY_DEPLOYMENT_ALT_PORT with a port"},
    {"the same port",
     "{\"id\": \"/a\", \"labels\": {" LABELS "}, \"portDefinitions\": [{\"port\": 10001}]}", NULL,
     1, 0, "HAPROXY_DEPLOYMENT_ALT_PORT of /a is its service port: it must be another one"},
    {"two ports", "{\"id\": \"/a\", \"labels\": {" LABELS "}, \"ports\": [1, 2]}", NULL, 1, 0,
     "/a must have one port, with a service port"},
    {"no service port", "{\"id\": \"/a\", \"labels\": {" LABELS "}, \"ports\": [0]}", NULL, 1, 0,
     "/a must have one port, with a service port"},
};

static void show(const json_t *app, struct sbuf *out)
{
    CLEAN(free_str) char *text = json_dumps(app, 0);
    struct marathon_app a = {0};

    marathon_app_parse(text, strlen(text), &a, NULL, NULL);
    const char *split = kvs_get(&a.labels, DEPLOY_NEW);
    sbuf_addf(out, "%s %u %u %s %s %s %s", a.id, a.instances, a.ports.v[0].service_port,
              kvs_get(&a.labels, DEPLOY_COLOUR), kvs_get(&a.labels, DEPLOY_TARGET),
              kvs_get(&a.labels, "HAPROXY_0_PORT"), split ? split : "-");
    marathon_app_done(&a);
}

static void test_definitions(void)
{
    for (size_t i = 0; i < ARRAY_LEN(definitions); i++) {
        const char *before_text = definitions[i].before;
        CLEAN(json) json_t *app = json_loads(definitions[i].app, 0, NULL);
        CLEAN(sbuf) struct sbuf got = SBUF_INIT;
        CLEAN(err) struct err *err = NULL;
        struct marathon_app before = {0};

        if (before_text)
            marathon_app_parse(before_text, strlen(before_text), &before, NULL, NULL);
        if (deploy_app_prepare(app, before_text ? &before : NULL,
                               &(struct deploy_options){.initial = definitions[i].initial,
                                                        .split = definitions[i].split,
                                                        .began = "2026"},
                               &err))
            sbuf_adds(&got, err_msg(err));
        else
            show(app, &got);
        is_str(sbuf_str(&got), definitions[i].wanted, "%s", definitions[i].name);
        marathon_app_done(&before);
    }
}

static void test_group(void)
{
    static const char text[] =
        "{\"apps\": [{\"id\": \"/a\", \"labels\": {\"HAPROXY_DEPLOYMENT_GROUP\": \"g\", "
        "\"HAPROXY_DEPLOYMENT_STARTED_AT\": \"2026-02\"}}, {\"id\": \"/b\", \"labels\": "
        "{\"HAPROXY_DEPLOYMENT_GROUP\": \"g\", \"HAPROXY_DEPLOYMENT_STARTED_AT\": \"2026-01\"}}, "
        "{\"id\": \"/c\"}, {\"id\": \"/d\", \"labels\": {\"HAPROXY_DEPLOYMENT_GROUP\": \"h\"}}]}";
    const struct marathon_app *new, *old;
    struct marathon_apps all = {0};

    marathon_apps_parse(text, strlen(text), &all, NULL, NULL);
    deploy_app_find(&all, "g", &new, &old, NULL);
    is_str(new->id, "/a", "the one that began last is the new one");
    is_str(old->id, "/b", "the other one is the old one");
    deploy_app_find(&all, "h", &new, &old, NULL);
    ok(new && !old, "one alone is the new one");
    deploy_app_find(&all, "i", &new, &old, NULL);
    ok(!new && !old, "a group without an app");
    marathon_apps_done(&all);
}

/* ---- statistics ---- */

#define CSV "# pxname,svname,qcur,qmax,scur,status,addr,\n"

static void test_stats(void)
{
    static const char csv[] = CSV "web_80,FRONTEND,,,3,OPEN,,\n"
                                  "web_80,10_0_0_1_31000,0,0,2,UP,,\n"
                                  "web_80,a_example_10_0_0_2_31000,1,0,2,MAINT,,\n"
                                  "web_80,x,0,0,0,UP 1/3,10.0.0.3:31000,\n"
                                  "web_80,\"y,z\",0,0,0,DOWN,[fd00::1]:31000,\r\n"
                                  "web_80,BACKEND,0,0,5,UP,,\n";
    struct deploy_servers l = {0};
    size_t at = 0;

    is_int(deploy_stats_parse(csv, strlen(csv), &l, NULL), 0, "a table");
    is_int((long long)l.n, 4, "servers alone");
    const struct deploy_server *s = deploy_servers_next(&l, "10.0.0.1", 31000, &at);
    ok(s && s->state == DEPLOY_SERVER_UP && s->sessions == 2, "by the name of an address");
    ok(!deploy_servers_next(&l, "10.0.0.1", 31000, &at), "it is there once");
    at = 0;
    s = deploy_servers_next(&l, "a.example", 31000, &at);
    ok(s && s->state == DEPLOY_SERVER_DRAINS && s->sessions == 3, "by the name of a host");
    at = 0;
    s = deploy_servers_next(&l, "10.0.0.3", 31000, &at);
    ok(s && s->state == DEPLOY_SERVER_UP, "by its address");
    at = 0;
    s = deploy_servers_next(&l, "fd00::1", 31000, &at);
    ok(s && s->state == DEPLOY_SERVER_DOWN, "by an IPv6 address");
    is_str(s ? s->name : "", "\"y,z\"", "a comma between quotes is none");
    at = 0;
    ok(!deploy_servers_next(&l, "10.0.0.1", 3100, &at), "not by the beginning of a port");
    at = 0;
    ok(!deploy_servers_next(&l, "a", 31000, &at), "not by the beginning of a name");
    deploy_servers_done(&l);
    static const char weighted[] = "# pxname,svname,qcur,scur,status,weight\n"
                                   "web_80,10_0_0_1_31000,0,2,UP,0\nweb_80,10_0_0_2_1,0,2,UP,1\n";
    is_int(deploy_stats_parse(weighted, strlen(weighted), &l, NULL), 0, "a table with weights");
    ok(l.n == 2 && l.v[0].state == DEPLOY_SERVER_DRAINS && l.v[1].state == DEPLOY_SERVER_UP,
       "without weight it drains");
    deploy_servers_done(&l);
    is_int(deploy_stats_parse("", 0, &l, NULL), -1, "nothing is no table");
    is_int(deploy_stats_parse("<html>\n<body>\n", 14, &l, NULL), -1, "HTML is no table");
    deploy_servers_done(&l);
}

/* ---- the next step ---- */

/* Tasks as letters, capitals are old: each with what Marathon and the load balancer say of it.
 *     h healthy and up; s healthy, not served yet; u not healthy; d drains, no session;
 *     b drains, busy; f takes traffic */
static const struct {
    const char *name, *new, *old;
    unsigned instances, target, split, linear;
    bool locked, reloads, back;
    enum deploy_kind kind;
    unsigned wanted; /* instances, or tasks that are killed */
} steps[] = {
    {"Marathon is at work", "h", "fff", 1, 3, 0, 0, true, false, false, DEPLOY_WAIT, 0},
    {"a task has not begun", "", "fff", 1, 3, 0, 0, false, false, false, DEPLOY_WAIT, 0},
    {"a task is not well", "u", "fff", 1, 3, 0, 0, false, false, false, DEPLOY_WAIT, 0},
    {"a task is not served", "s", "fff", 1, 3, 0, 0, false, false, false, DEPLOY_WAIT, 0},
    {"a process of HAProxy ends", "h", "dff", 1, 3, 0, 0, false, true, false, DEPLOY_WAIT, 0},
    {"nothing drains yet", "h", "fff", 1, 3, 0, 0, false, false, false, DEPLOY_WAIT, 0},
    {"one drains and is busy", "h", "bff", 1, 3, 0, 0, false, false, false, DEPLOY_WAIT, 0},
    {"one is not used any more", "h", "dff", 1, 3, 0, 0, false, false, false, DEPLOY_KILL, 1},
    {"no more than the new one replaces", "h", "ddd", 1, 3, 0, 0, false, false, false, DEPLOY_KILL,
     1},
    {"none while the old app is short itself", "h", "dd", 1, 3, 0, 0, false, false, false,
     DEPLOY_SCALE, 2},
    {"half as many again", "hhh", "fff", 3, 6, 0, 0, false, false, false, DEPLOY_SCALE, 5},
    {"so many at a time", "h", "ffff", 1, 5, 0, 3, false, false, false, DEPLOY_SCALE, 4},
    {"not beyond the target", "hhh", "f", 3, 4, 0, 0, false, false, false, DEPLOY_SCALE, 4},
    {"the last ones", "hhh", "dd", 3, 3, 0, 0, false, false, false, DEPLOY_KILL, 2},
    {"the old app is empty", "hhh", "", 3, 3, 0, 0, false, false, false, DEPLOY_DELETE, 0},
    {"no old app, growing", "h", NULL, 1, 3, 0, 0, false, false, false, DEPLOY_SCALE, 2},
    {"no old app, grown", "hhh", NULL, 3, 3, 0, 0, false, false, false, DEPLOY_DONE, 0},
    {"a split is reached", "h", "ff", 1, 3, 1, 0, false, false, false, DEPLOY_DONE, 0},
    {"a split grows", "h", "fff", 1, 4, 2, 0, false, false, false, DEPLOY_SCALE, 2},
    {"a split kills no more", "h", "ddd", 1, 3, 1, 0, false, false, false, DEPLOY_KILL, 1},
    {"back: nobody drains but the nodes", "hhh", "f", 3, 3, 0, 0, false, false, true, DEPLOY_KILL,
     1},
};

static void add_tasks(struct marathon_app *app, const char *id, const char *tasks, unsigned port,
                      struct sbuf *csv)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    sbuf_addf(&text, "{\"id\": \"%s\", \"ports\": [1], \"healthChecks\": [{}], \"tasks\": [", id);
    for (size_t i = 0; tasks && tasks[i]; i++, port++) {
        bool gone = tasks[i] == 's' || tasks[i] == 'u', off = strchr("db", tasks[i]) != NULL;

        sbuf_addf(&text,
                  "%s{\"id\": \"%s%zu\", \"host\": \"h\", \"state\": \"TASK_RUNNING\", \"ports\": "
                  "[%u], \"healthCheckResults\": [{\"alive\": %s}]}",
                  i ? ", " : "", id, i, port, tasks[i] == 'u' ? "false" : "true");
        if (!gone)
            sbuf_addf(csv, "g,s,0,0,%d,%s,h:%u,\n", strchr("bf", tasks[i]) ? 4 : 0,
                      off ? "MAINT" : "UP", port);
    }
    sbuf_adds(&text, "]}");
    is_int(marathon_app_parse(text.data, text.len, app, NULL, NULL), 0, "%s is read", id);
}

static void test_step(size_t i)
{
    CLEAN(sbuf) struct sbuf csv = SBUF_INIT;
    struct marathon_app new = {0}, old = {0};
    struct deploy_step step = {0};
    struct deploy_lb lb = {.url = (char[]){"http://lb"}, .processes = steps[i].reloads ? 2 : 1};

    sbuf_adds(&csv, CSV);
    add_tasks(&new, "/new", steps[i].new, 31000, &csv);
    add_tasks(&old, "/old", steps[i].old, 32000, &csv);
    deploy_stats_parse(csv.data, csv.len, &lb.servers, NULL);
    new.instances = steps[i].instances;
    if (steps[i].locked)
        strv_add(&old.deployments, "d");
    deploy_plan(&(struct deploy_state){.new = &new,
                                       .old = steps[i].old ? &old : NULL,
                                       .lbs = &lb,
                                       .n_lbs = 1,
                                       .target = steps[i].target,
                                       .split = steps[i].split,
                                       .linear = steps[i].linear,
                                       .nodes_drain = steps[i].back},
                &step);
    is_int(step.kind, steps[i].kind, "%s: %s", steps[i].name, step.why);
    is_int(step.kind == DEPLOY_KILL ? (long long)step.tasks.n : step.instances, steps[i].wanted,
           "%s: how many", steps[i].name);
    deploy_step_done(&step);
    deploy_servers_done(&lb.servers);
    marathon_app_done(&new);
    marathon_app_done(&old);
}

/* ---- the way back, while Marathon is at work for ever ---- */

/* Deployments as letters; 'given_up' began before the way back did. */
static const struct {
    const char *name, *of_new, *of_old, *given_up;
    enum deploy_kind kind;
    bool override;
    const char *says; /* a part of what is printed */
} ways[] = {
    {"nothing is under way", "", "", "", DEPLOY_KILL, false, "not used any more"},
    {"what is under way is waited for", "", "a", "", DEPLOY_WAIT, false,
     "at work on /old, deployment a: 1 of 4 tasks run"},
    {"and on the other app", "a", "", "", DEPLOY_WAIT, false,
     "at work on /new, deployment a: 3 of 3 tasks are healthy"},
    {"what was under way before is given up", "", "a", "a", DEPLOY_KILL, true, "not used any more"},
    {"it is no reason to override anything else", "b", "", "b", DEPLOY_KILL, false,
     "not used any more"},
    {"what came since is waited for", "", "ab", "a", DEPLOY_WAIT, false, "deployment b"},
};

static void add_letters(struct strv *list, const char *letters)
{
    for (; *letters; letters++)
        strv_addn(list, letters, 1);
}

static void test_ways_back(void)
{
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        CLEAN(sbuf) struct sbuf csv = SBUF_INIT;
        struct marathon_app new = {0}, old = {0};
        struct strv given_up = {0};
        struct deploy_step step = {0};

        add_tasks(&new, "/new", "hhh", 31000, &csv);
        add_tasks(&old, "/old", "f", 32000, &csv);
        new.instances = 3;
        old.instances = 4;
        add_letters(&new.deployments, ways[i].of_new);
        add_letters(&old.deployments, ways[i].of_old);
        add_letters(&given_up, ways[i].given_up);
        deploy_plan(
            &(struct deploy_state){
                .new = &new, .old = &old, .target = 3, .nodes_drain = true, .given_up = &given_up},
            &step);
        is_int(step.kind, ways[i].kind, "%s: %s", ways[i].name, step.why);
        is_int(step.override, ways[i].override, "%s: by force", ways[i].name);
        ok(strstr(step.why, ways[i].says) != NULL, "%s: it says %s", ways[i].name, ways[i].says);
        is_int(step.grown, 3, "%s: healthy tasks", ways[i].name);
        is_int(step.left, 1, "%s: old tasks", ways[i].name);
        deploy_step_done(&step);
        strv_done(&given_up);
        marathon_app_done(&new);
        marathon_app_done(&old);
    }
}

/* ---- patience ---- */

static void test_patience(void)
{
    static const struct {
        const char *name;
        bool step; /* Marathon took one on */
        unsigned grown, left;
        double now, waited;
    } looks[] = {
        {"the first look", false, 1, 3, 10, 0},
        {"nothing is new", false, 1, 3, 15, 5},
        {"one task less is no progress", false, 0, 3, 20, 10},
        {"nor is the way back to what was", false, 1, 3, 25, 15},
        {"one task more than ever", false, 2, 3, 30, 0},
        {"one old task less", false, 1, 2, 35, 0},
        {"a new old task", false, 2, 3, 40, 5},
        {"and less again", false, 2, 2, 45, 10},
        {"a step is taken on", true, 0, 4, 50, 0},
        {"it begins anew", false, 1, 4, 55, 0},
        {"a clock that goes back", false, 1, 4, 40, 0},
    };
    struct deploy_patience p = {0};

    is_int((long long)deploy_patience_waited(&p, 5), 0, "before the first look");
    for (size_t i = 0; i < ARRAY_LEN(looks); i++) {
        if (looks[i].step)
            deploy_patience_step(&p, looks[i].now);
        deploy_patience_look(&p,
                             &(struct deploy_step){.grown = looks[i].grown, .left = looks[i].left},
                             looks[i].now);
        is_int((long long)deploy_patience_waited(&p, looks[i].now), (long long)looks[i].waited,
               "%s", looks[i].name);
    }
}

int main(void)
{
    test_definitions();
    test_group();
    test_stats();
    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        test_step(i);
    test_ways_back();
    test_patience();
    return tap_done();
}
