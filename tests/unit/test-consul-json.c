#include "registrator/consul_json.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/json.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static void render(const struct instances *l, struct sbuf *out)
{
    for (size_t n = 0; n < l->n; n++) {
        const struct instance *i = &l->v[n];
        CLEAN(free_str) char *tags = strv_join(&i->tags, "|");

        sbuf_addf(out, "%s %s %s\n  %s:%u container %s:%u %s [%s]\n", i->service, i->node, i->id,
                  i->address, i->port, i->container_address ? i->container_address : "-",
                  i->container_port, instance_state_name(i->state), tags);
        for (size_t k = 0; k < i->meta.n; k++)
            sbuf_addf(out, "  %s=%s\n", i->meta.v[k].key, i->meta.v[k].value);
    }
}

/* The body is compared as a person reads it. */
static void is_golden_body(const struct instance *i, const char *path)
{
    CLEAN(free_str) char *body = consul_json_register(i);
    CLEAN(json) json_t *j = json_loads(body, 0, NULL);
    CLEAN(free_str) char *shown = json_dumps(j, JSON_INDENT(4));
    CLEAN(free_str) char *line = xasprintf("%s\n", shown);

    is_golden(line, path);
}

static void test_register(void)
{
    struct instance i = {.id = xstrdup("node-a:web-1:80"),
                         .service = xstrdup("nginx"),
                         .node = xstrdup("node-a"),
                         .address = xstrdup("192.0.2.7"),
                         .port = 30080,
                         .state = INSTANCE_DRAINING};

    is_golden_body(&i, "registrator/register-minimal.json");
    i.container_address = xstrdup("2001:db8::5");
    i.container_port = 80;
    strv_add(&i.tags, "b");
    strv_add(&i.tags, "a\"\\");
    kvs_add(&i.meta, META_NODE, "node-a");
    kvs_add(&i.meta, "region", "gr\xc3\xbc\xc3\x9f");
    i.address6 = xstrdup("2001:db8::7");
    i.weight = 5;
    i.tag_override = true;
    struct probe *probe = probes_add(&i.probes);
    probe_set(probe, PROBE_ID, "berth-health:node-a:web-1:80");
    probe_set(probe, PROBE_TTL, "600s");
    probe_set(probe, PROBE_STATUS, "critical");
    is_golden_body(&i, "registrator/register-full.json");
    instance_done(&i);
}

static void test_own(void)
{
    size_t services_len, checks_len;
    CLEAN(free_str)
    char *services = tests_read("fixtures/consul/agent-services.json", &services_len);
    CLEAN(free_str) char *checks = tests_read("fixtures/consul/agent-checks.json", &checks_len);
    struct instances l = {0}, others = {0};
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;

    is_int(consul_json_own(services, services_len, checks, checks_len, "node-a", &l, &others, NULL),
           0, "a recorded agent");
    render(&l, &got);
    is_golden(sbuf_str(&got), "registrator/agent.txt");
    instances_done(&l);
    instances_done(&others);
    consul_json_own(services, services_len, checks, checks_len, "nobody", &l, &others, NULL);
    is_int((long long)l.n, 0, "what names another node is not ours");
    ok(others.n == 6 && !strcmp(others.v[0].node, "node-a"),
       "it is somebody else's, with its mark");
    instances_done(&l);
    instances_done(&others);
}

static void test_health(void)
{
    size_t len;
    CLEAN(free_str) char *text = tests_read("fixtures/consul/health-nginx.json", &len);
    struct instances l = {0};
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;

    is_int(consul_json_health(text, len, "nginx", &l, NULL), 0, "a recorded catalog");
    render(&l, &got);
    is_golden(sbuf_str(&got), "registrator/health.txt");
    instances_done(&l);
}

static void test_names(void)
{
    size_t len;
    CLEAN(free_str) char *text = tests_read("fixtures/consul/catalog-services.json", &len);
    CLEAN(free_str) char *self = tests_read("fixtures/consul/agent-self.json", NULL);
    CLEAN(free_str) char *node = NULL;
    struct strv names = {0};

    is_int(consul_json_names(text, len, &names, NULL), 0, "recorded names");
    CLEAN(free_str) char *joined = strv_join(&names, " ");
    is_str(joined, "consul dns nginx", "sorted");
    strv_done(&names);
    is_int(consul_json_node(self, strlen(self), &node, NULL), 0, "a recorded agent itself");
    is_str(node, "vm", "says its node's name");
}

#define SERVICE(members)                                                                           \
    "[{\"Node\":{\"Node\":\"n\",\"Address\":\"10.0.0.1\"},\"Service\":{" members
#define CHECKS(members) SERVICE("\"ID\":\"i\"},\"Checks\":[" members "]}]")

/* Answers that are odd: what comes of each, or "error". */
static void test_odd_health(void)
{
    static const char *const cases[][2] = {
        {"[]", ""},
        {"{}", "error"},
        {"null", "error"},
        {"", "error"},
        {"[1,null,{},[],{\"Service\":7}]", ""},
        {SERVICE("\"ID\":\"i\"}}]"), "i 10.0.0.1:0 passing;"},
        {SERVICE("\"ID\":\"\"}}]"), ""},
        {SERVICE("\"ID\":7}}]"), ""},
        {SERVICE("\"ID\":\"i\",\"Address\":\"\"}}]"), "i 10.0.0.1:0 passing;"},
        {SERVICE("\"ID\":\"i\",\"Address\":\"h\",\"Port\":65535}}]"), "i h:65535 passing;"},
        {SERVICE("\"ID\":\"i\",\"Port\":65536}}]"), "i 10.0.0.1:0 passing;"},
        {SERVICE("\"ID\":\"i\",\"Port\":-1}}]"), "i 10.0.0.1:0 passing;"},
        {SERVICE("\"ID\":\"i\",\"Port\":\"80\"}}]"), "i 10.0.0.1:0 passing;"},
        {SERVICE("\"ID\":\"i\",\"Tags\":null,\"Meta\":null}}]"), "i 10.0.0.1:0 passing;"},
        {SERVICE("\"ID\":\"i\",\"Tags\":{\"a\":1},\"Meta\":[1]}}]"), "i 10.0.0.1:0 passing;"},
        {"[{\"Node\":{\"Node\":\"n\"},\"Service\":{\"ID\":\"i\"}}]", ""},
        {"[{\"Node\":{\"Address\":\"a\"},\"Service\":{\"ID\":\"i\"}}]", ""},
        {"[{\"Node\":{\"Node\":\"n\",\"Address\":\"a\"},\"Service\":{\"ID\":\"i\",\"Port\":1}},"
         "{\"Node\":{\"Node\":\"n\",\"Address\":\"b\"},\"Service\":{\"ID\":\"j\",\"Port\":2}},"
         "{\"Node\":{\"Node\":\"m\",\"Address\":\"c\"},\"Service\":{\"ID\":\"i\",\"Port\":3}}]",
         "i c:3 passing;i a:1 passing;j b:2 passing;"},
        {CHECKS("{\"CheckID\":\"x\",\"Status\":\"warning\"}"), "i 10.0.0.1:0 warning;"},
        {CHECKS("{\"Status\":\"critical\"},{\"Status\":\"warning\"}"), "i 10.0.0.1:0 critical;"},
        {CHECKS("{\"CheckID\":\"_service_maintenance:i\",\"Status\":\"critical\","
                "\"Notes\":\"paused\"}"),
         "i 10.0.0.1:0 paused;"},
        {CHECKS("{\"CheckID\":\"x\",\"Status\":\"critical\"}"), "i 10.0.0.1:0 critical;"},
        {CHECKS("{\"Status\":\"critical\"}"), "i 10.0.0.1:0 critical;"},
        {CHECKS("{\"CheckID\":\"x\",\"Status\":\"critical\"},"
                "{\"CheckID\":\"_service_maintenance:i\",\"Status\":\"critical\"}"),
         "i 10.0.0.1:0 draining;"},
        {CHECKS("{\"CheckID\":\"_node_maintenance\",\"Status\":\"critical\"}"),
         "i 10.0.0.1:0 draining;"},
        {CHECKS("{\"CheckID\":\"_node_maintenance\",\"Status\":\"passing\"}"),
         "i 10.0.0.1:0 passing;"},
        {CHECKS("{\"CheckID\":\"_node_maintenance_x\",\"Status\":\"critical\"}"),
         "i 10.0.0.1:0 critical;"},
        {CHECKS("7,null,{}"), "i 10.0.0.1:0 passing;"},
    };

    for (size_t n = 0; n < ARRAY_LEN(cases); n++) {
        struct instances l = {0};
        CLEAN(sbuf) struct sbuf got = SBUF_INIT;
        CLEAN(err) struct err *err = NULL;

        if (consul_json_health(cases[n][0], strlen(cases[n][0]), "s", &l, &err))
            sbuf_adds(&got, err ? "error" : "an error without a message");
        for (size_t i = 0; i < l.n; i++)
            sbuf_addf(&got, "%s %s:%u %s;", l.v[i].id, l.v[i].address, l.v[i].port,
                      instance_state_name(l.v[i].state));
        is_str(sbuf_str(&got), cases[n][1], "health %zu", n);
        instances_done(&l);
    }
}

static void test_double_keys(void)
{
    static const char text[] =
        "[{\"Node\":{\"Node\":\"n\",\"Address\":\"a\"},\"Service\":{\"ID\":\"i\"}},"
        "{\"Node\":{\"Node\":\"n\",\"Address\":\"a\"},\"Service\":{\"ID\":\"i\"}}]";
    struct instances l = {0};

    consul_json_health(text, strlen(text), "s", &l, NULL);
    is_int((long long)l.n, 1, "an instance that is named twice is there once");
    instances_done(&l);
}

#define OWN "{\"i\":{\"Service\":\"s\",\"Meta\":{\"berth-node\":\"n\",\"berth-checks\":\"2.ab\"}}}"
#define FIRST "\"service:i\":{\"Status\":\"critical\"}"
#define HEALTH(status, output)                                                                     \
    "\"berth-health:i\":{\"Status\":\"" status "\",\"Output\":\"" output "\"}"
#define MAINTENANCE(reason)                                                                        \
    "\"_service_maintenance:i\":{\"Status\":\"critical\",\"Notes\":\"" reason "\"}"

/* What the agent's checks say of one instance that has two of its own. */
static void test_own_checks(void)
{
    static const char *const cases[][2] = {
        {"{}", "passing, checks are missing"},
        {"{" FIRST "}", "passing, checks are missing"},
        {"{" FIRST ",\"service:i:2\":{}}", "passing"},
        {"{" FIRST ",\"service:i:3\":{}}", "passing, checks are missing"},
        {"{" FIRST ",\"service:j\":{},\"foreign\":{}}", "passing, checks are missing"},
        {"{" FIRST "," HEALTH("passing", "") "}", "passing, fed"},
        {"{" FIRST "," HEALTH("critical", "Docker says: unhealthy") "}", "critical, fed"},
        {"{" FIRST "," HEALTH("critical", "TTL expired") "}", "critical, fed"},
        {"{" FIRST "," HEALTH("critical", "starting: wait") "}", "starting, fed"},
        {"{" FIRST "," HEALTH("passing", "") "," MAINTENANCE("paused") "}", "paused, fed"},
        {"{" FIRST "," HEALTH("passing", "") "," MAINTENANCE("berth: draining") "}",
         "draining, fed"},
        {"{" FIRST ",\"service:i:2\":7,\"berth-health:i\":[]}", "critical, fed"},
    };

    for (size_t n = 0; n < ARRAY_LEN(cases); n++) {
        struct instances l = {0}, others = {0};
        CLEAN(sbuf) struct sbuf got = SBUF_INIT;

        consul_json_own(OWN, strlen(OWN), cases[n][0], strlen(cases[n][0]), "n", &l, &others, NULL);
        sbuf_adds(&got, instance_state_name(l.v[0].state));
        if (l.v[0].fed)
            sbuf_adds(&got, ", fed");
        if (!kvs_get(&l.v[0].meta, META_PROBES))
            sbuf_adds(&got, ", checks are missing");
        is_str(sbuf_str(&got), cases[n][1], "checks %zu", n);
        instances_done(&l);
        instances_done(&others);
    }
}

/* What berth registers reads back as it was, container's end included. */
static void test_round_trip(void)
{
    struct instance i = {.id = xstrdup("node-a:web-1:80"),
                         .service = xstrdup("nginx"),
                         .node = xstrdup("node-a"),
                         .address = xstrdup("192.0.2.7"),
                         .port = 30080,
                         .address6 = xstrdup("2001:db8::7"),
                         .container_address = xstrdup("172.17.0.9"),
                         .container_port = 80,
                         .weight = 7,
                         .weight_warning = 3,
                         .tag_override = true};
    struct instances l = {0}, others = {0};

    strv_add(&i.tags, "a");
    kvs_add(&i.meta, META_NODE, "node-a");
    kvs_add(&i.meta, META_CONTAINER_PORT, "80");
    CLEAN(free_str) char *body = consul_json_register(&i);
    CLEAN(json) json_t *service = json_loads(body, 0, NULL);
    CLEAN(json) json_t *services = json_object();
    json_set_str(service, "Service", "nginx");
    json_object_set(services, i.id, service);
    CLEAN(free_str) char *text = json_dumps(services, 0);
    consul_json_own(text, strlen(text), "{}", 2, "node-a", &l, &others, NULL);
    ok(l.n == 1 && instance_equal(&l.v[0], &i), "a registration reads back as it was");
    instances_done(&l);
    instances_done(&others);
    instance_done(&i);
}

static void test_errors(void)
{
    struct instances l = {0}, others = {0};
    struct strv names = {0};
    char *node = NULL;

    is_int(consul_json_own("[]", 2, "{}", 2, "n", &l, &others, NULL), -1,
           "services that are no object");
    is_int(consul_json_own("{}", 2, "[]", 2, "n", &l, &others, NULL), -1,
           "checks that are no object");
    is_int(consul_json_own("{\"a\":7}", 7, "{}", 2, "n", &l, &others, NULL), 0,
           "a service that is none");
    is_int(consul_json_names("[]", 2, &names, NULL), -1, "names that are no object");
    is_int(consul_json_node("{\"Config\":{}}", 13, &node, NULL), -1, "a node without a name");
    is_int((long long)(l.n + names.n) + (node != NULL), 0, "and nothing comes of them");
    instances_done(&others);
}

int main(void)
{
    test_register();
    test_own();
    test_health();
    test_names();
    test_odd_health();
    test_double_keys();
    test_own_checks();
    test_round_trip();
    test_errors();
    return tap_done();
}
