/* docker inspect documents, recorded from Docker 20.10, as values. */
#include "agent/container.h"

#include <signal.h>
#include <string.h>

#include "lib/json.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static void describe(const struct container *c, struct sbuf *out)
{
    static const char *const modes[] = {"attached", "host", "none", "container"};
    char text[IPADDR_STRLEN];

    sbuf_addf(out, "%.12s %s image=%s running=%d mode=%s peer=%.12s stop-signal=%d\n", c->id,
              c->name, c->image, c->running, modes[c->mode], c->peer ? c->peer : "-",
              c->stop_signal);
    for (size_t i = 0; i < c->n_networks; i++)
        sbuf_addf(out, "  network %s %.12s %s\n", c->networks[i].name, c->networks[i].id,
                  ipaddr_format(&c->networks[i].addr, text));
    for (size_t i = 0; i < c->n_ports; i++)
        sbuf_addf(out, "  port %u/%s host %s\n", c->ports[i].port,
                  protocol_name(c->ports[i].protocol),
                  c->ports[i].host_port
                      ? ipaddr_format_port(&c->ports[i].host_addr, c->ports[i].host_port, text)
                      : "-");
    for (size_t i = 0; i < c->env.n; i++)
        sbuf_addf(out, "  env %s=%s\n", c->env.v[i].key, c->env.v[i].value);
    for (size_t i = 0; i < c->labels.n; i++)
        sbuf_addf(out, "  label %s=%s\n", c->labels.v[i].key, c->labels.v[i].value);
}

static void test_recorded_documents(void)
{
    static const char *const names[] = {"bridge",  "published",    "host",
                                        "none",    "peer",         "exited",
                                        "macvlan", "two-networks", "mesos-bridge"};
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        CLEAN(free_str) char *path = xasprintf("fixtures/inspect/%s.json", names[i]);
        CLEAN(free_str) char *text = tests_read(path, NULL);
        CLEAN(err) struct err *err = NULL;
        CLEAN(json) json_t *doc = json_parse(text, strlen(text), &err);
        struct container *c = container_from_json(doc, &err);

        sbuf_addf(&out, "== %s\n", names[i]);
        if (ok(c != NULL, "%s is read", names[i]))
            describe(c, &out);
        container_free(c);
    }
    is_golden(sbuf_str(&out), "agent/containers.txt");
}

/* The smallest document that is one, with 'more' at the end of its NetworkSettings and 'config' in
 * its Config. */
static struct container *parse(const char *settings, const char *config, struct err **err)
{
    CLEAN(free_str)
    char *text = xasprintf(
        "{\"Id\":\"%064d\",\"Name\":\"/c\",\"State\":{\"Running\":true},\"HostConfig\":{},"
        "\"Config\":{%s},\"NetworkSettings\":{%s}}",
        7, config, settings);
    CLEAN(json) json_t *doc = json_parse(text, strlen(text), err);

    return doc ? container_from_json(doc, err) : NULL;
}

static void test_bindings(void)
{
    static const struct {
        const char *ports;
        const char *wanted; /* "port/protocol host" of each, by ' | ' */
    } rows[] = {
        {"\"80/tcp\":null", "80/tcp -"},
        {"\"80/tcp\":[]", "80/tcp -"},
        {"\"80/tcp\":[{\"HostIp\":\"0.0.0.0\",\"HostPort\":\"8080\"},"
         "{\"HostIp\":\"::\",\"HostPort\":\"8080\"}]",
         "80/tcp 0.0.0.0:8080 | 80/tcp [::]:8080"},
        {"\"80/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"8080\"}]", "80/tcp 0.0.0.0:8080"},
        {"\"80/tcp\":[{\"HostIp\":\"10.0.0.1\",\"HostPort\":\"\"}]", "80/tcp -"},
        {"\"80/tcp\":[{\"HostIp\":\"not an address\",\"HostPort\":\"81\"}]", "80/tcp -"},
        {"\"80/tcp\":[{\"HostPort\":81}]", "80/tcp -"},
        {"\"80/tcp\":\"x\"", "80/tcp -"},
        {"\"0/tcp\":null,\"65536/tcp\":null,\"x/tcp\":null,\"/tcp\":null,\"80\":null,"
         "\"80/quic\":null,\"-1/tcp\":null,\"+1/tcp\":null",
         ""},
        {"\"53/udp\":null,\"53/tcp\":null,\"9/sctp\":null", "9/sctp - | 53/tcp - | 53/udp -"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEAN(free_str) char *settings = xasprintf("\"Ports\":{%s}", rows[i].ports);
        CLEAN(sbuf) struct sbuf out = SBUF_INIT;
        char text[IPADDR_STRLEN];
        struct container *c = parse(settings, "", NULL);

        for (size_t k = 0; c && k < c->n_ports; k++)
            sbuf_addf(&out, "%s%u/%s %s", k ? " | " : "", c->ports[k].port,
                      protocol_name(c->ports[k].protocol),
                      c->ports[k].host_port
                          ? ipaddr_format_port(&c->ports[k].host_addr, c->ports[k].host_port, text)
                          : "-");
        is_str(sbuf_str(&out), rows[i].wanted, "bindings %s", rows[i].ports);
        container_free(c);
    }
}

/* A document of a container in the network 'mode' that exposes 'exposed', with one label and an
 * environment. */
static struct container *parse_saying(const char *mode, const char *exposed, const char *label,
                                      const char *env)
{
    CLEAN(free_str)
    char *text = xasprintf(
        "{\"Id\":\"%064d\",\"Name\":\"/c\",\"State\":{\"Running\":true},"
        "\"HostConfig\":{\"NetworkMode\":\"%s\"},\"NetworkSettings\":{},"
        "\"Config\":{\"ExposedPorts\":{%s},\"Labels\":{\"SERVICE_PORTS\":\"%s\"},\"Env\":[%s]}}",
        7, mode, exposed, label, env);
    CLEAN(json) json_t *doc = json_parse(text, strlen(text), NULL);

    return doc ? container_from_json(doc, NULL) : NULL;
}

static void test_said_ports(void)
{
    static const struct {
        const char *mode, *exposed, *label, *env, *wanted;
    } rows[] = {
        {"bridge", "", "", "", ""},
        {"bridge", "", "8080:web,9090/udp", "", "8080/tcp 9090/udp "},
        {"bridge", "\"80/tcp\":{}", "8080", "", "80/tcp 8080/tcp "},
        {"bridge", "\"80/tcp\":{}", "80:web", "", "80/tcp "},
        {"bridge", "", "", "\"SERVICE_PORTS=7\"", "7/tcp "},
        {"bridge", "", "8", "\"SERVICE_PORTS=7\"", "8/tcp "},
        {"bridge", "", "x,0,65536,80/sctp", "", ""},
        {"bridge", "", "", "\"PORT0=31000\"", ""},
        {"host", "", "", "\"PORT0=31000\",\"PORT1=31001\",\"PORT3=31003\"", "31000/tcp 31001/tcp "},
        {"host", "", "", "\"PORT0=31000\",\"PORT1=31000\"", "31000/tcp "},
        {"host", "", "", "\"PORT0=none\",\"PORT1=31000\"", ""},
        {"host", "\"80/tcp\":{}", "", "\"PORT0=31000\"", "80/tcp "},
        {"host", "", "8080", "\"PORT0=31000\"", "8080/tcp "},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEAN(sbuf) struct sbuf out = SBUF_INIT;
        struct container *c =
            parse_saying(rows[i].mode, rows[i].exposed, rows[i].label, rows[i].env);

        for (size_t k = 0; c && k < c->n_ports; k++)
            sbuf_addf(&out, "%u/%s ", c->ports[k].port, protocol_name(c->ports[k].protocol));
        is_str(sbuf_str(&out), rows[i].wanted, "%s exposes '%s', says '%s' and %s", rows[i].mode,
               rows[i].exposed, rows[i].label, rows[i].env);
        container_free(c);
    }
}

static void test_refusals(void)
{
    static const struct {
        const char *text;
        const char *wanted;
    } rows[] = {
        {"{}", "the inspect document has no valid Id"},
        {"[]", "the inspect document has no valid Id"},
        {"{\"Id\":\"abc\"}", "the inspect document has no valid Id"},
        {"{\"Id\":17}", "the inspect document has no valid Id"},
        {"{\"Id\":\"0000000000000000000000000000000000000000000000000000000000000001\"}",
         "the inspect document lacks Name, State, Config, HostConfig or NetworkSettings"},
        {"{\"Id\":\"0000000000000000000000000000000000000000000000000000000000000001\","
         "\"Name\":\"/\",\"State\":{},\"Config\":{},\"HostConfig\":{},\"NetworkSettings\":{}}",
         "the inspect document lacks Name, State, Config, HostConfig or NetworkSettings"},
        {"{\"Id\":\"0000000000000000000000000000000000000000000000000000000000000001\","
         "\"Name\":\"/c\",\"State\":{},\"Config\":[],\"HostConfig\":{},\"NetworkSettings\":{}}",
         "the inspect document lacks Name, State, Config, HostConfig or NetworkSettings"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEAN(err) struct err *err = NULL;
        CLEAN(json) json_t *doc = json_parse(rows[i].text, strlen(rows[i].text), NULL);
        struct container *c = container_from_json(doc, &err);

        ok(!c, "refused: %s", rows[i].text);
        is_str(err_msg(err), rows[i].wanted, "and says why");
        container_free(c);
    }
}

static void test_limits(void)
{
    CLEAN(sbuf) struct sbuf ports = SBUF_INIT;
    CLEAN(sbuf) struct sbuf value = SBUF_INIT;

    for (int i = 1; i <= CONTAINER_PORTS_MAX + 50; i++)
        sbuf_addf(&ports, "%s\"%d/tcp\":{}", i > 1 ? "," : "\"ExposedPorts\":{", i);
    sbuf_adds(&ports, "}");
    struct container *c = parse("", sbuf_str(&ports), NULL);
    is_int((long long)c->n_ports, CONTAINER_PORTS_MAX, "no more ports than the limit");
    container_free(c);

    for (int i = 0; i <= CONTAINER_VALUE_MAX; i++)
        sbuf_addch(&value, 'x');
    CLEAN(free_str)
    char *config =
        xasprintf("\"Labels\":{\"SERVICE_NAME\":\"%s\",\"SERVICE_TAGS\":\"a\"}", sbuf_str(&value));
    c = parse("", config, NULL);
    ok(!kvs_get(&c->labels, "SERVICE_NAME"), "a value over the limit is left out");
    is_str(kvs_get(&c->labels, "SERVICE_TAGS"), "a", "its neighbour stays");
    container_free(c);
}

static void test_signals(void)
{
    static const struct {
        const char *text;
        int wanted;
    } rows[] = {{"SIGTERM", SIGTERM}, {"TERM", SIGTERM}, {"sigint", SIGINT}, {"15", SIGTERM},
                {"9", SIGKILL},       {"", -1},          {"0", -1},          {"999", -1},
                {"SIGNOT", -1},       {"15x", -1},       {"-9", -1},         {"RTMIN+999", -1}};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        is_int(signal_parse(rows[i].text), rows[i].wanted, "signal '%s'", rows[i].text);
    is_int(signal_parse("SIGRTMIN+3"), SIGRTMIN + 3, "signal 'SIGRTMIN+3'");
}

static void test_times(void)
{
    static const struct {
        const char *text;
        double wanted;
    } rows[] = {{"2026-11-20T20:38:56.5Z", 1795207136.5},
                {"2026-11-20T20:38:56Z", 1795207136.},
                {"0001-01-01T00:00:00Z", 0.},
                {"", 0.},
                {"yesterday", 0.}};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        ok(docker_time_parse(rows[i].text) == rows[i].wanted, "time '%s'", rows[i].text);
}

static void test_health(void)
{
    static const struct {
        const char *state;
        bool paused;
        enum endpoint_health health;
    } rows[] = {
        {"", false, HEALTH_NONE},
        {",\"Paused\":true", true, HEALTH_NONE},
        {",\"Health\":{\"Status\":\"none\"}", false, HEALTH_NONE},
        {",\"Health\":{\"Status\":\"starting\"}", false, HEALTH_STARTING},
        {",\"Health\":{\"Status\":\"healthy\"}", false, HEALTH_HEALTHY},
        {",\"Health\":{\"Status\":\"unhealthy\"}", false, HEALTH_UNHEALTHY},
        {",\"Health\":{\"Status\":7}", false, HEALTH_NONE},
        {",\"Health\":\"healthy\"", false, HEALTH_NONE},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEAN(free_str)
        char *text = xasprintf("{\"Id\":\"%064d\",\"Name\":\"/c\",\"State\":{\"Running\":true%s},"
                               "\"HostConfig\":{},\"Config\":{},\"NetworkSettings\":{}}",
                               7, rows[i].state);
        CLEAN(json) json_t *doc = json_parse(text, strlen(text), NULL);
        struct container *c = container_from_json(doc, NULL);

        ok(c && c->paused == rows[i].paused && c->health == rows[i].health, "state {%s}",
           rows[i].state);
        container_free(c);
    }
}

static void test_failed(void)
{
    static const struct {
        const char *state;
        bool failed;
    } rows[] = {
        {"\"Running\":true,\"Status\":\"running\",\"ExitCode\":0", false},
        {"\"Running\":false,\"Status\":\"exited\",\"ExitCode\":0", false},
        {"\"Running\":false,\"Status\":\"exited\",\"ExitCode\":1", true},
        {"\"Running\":false,\"Status\":\"dead\",\"ExitCode\":127", true},
        {"\"Running\":false,\"Status\":\"exited\",\"ExitCode\":137", false},
        {"\"Running\":false,\"Status\":\"exited\",\"ExitCode\":143", false},
        {"\"Running\":false,\"Status\":\"created\",\"ExitCode\":127", false},
        {"\"Running\":true,\"Status\":\"restarting\",\"ExitCode\":1", false},
        {"\"Running\":false,\"ExitCode\":1", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEAN(free_str)
        char *text = xasprintf("{\"Id\":\"%064d\",\"Name\":\"/c\",\"State\":{%s},"
                               "\"HostConfig\":{},\"Config\":{},\"NetworkSettings\":{}}",
                               7, rows[i].state);
        CLEAN(json) json_t *doc = json_parse(text, strlen(text), NULL);
        struct container *c = container_from_json(doc, NULL);

        is_int(container_failed(c), rows[i].failed, "failed: %s", rows[i].state);
        container_free(c);
    }
}

static void test_kept_label(void)
{
    static const char text[] =
        "{\"Id\":\"1111111111111111111111111111111111111111111111111111111111111111\","
        "\"Name\":\"/c\",\"State\":{},\"HostConfig\":{},\"NetworkSettings\":{},"
        "\"Config\":{\"Labels\":{\"net.ip\":\"10.0.0.1/8\",\"other\":\"x\","
        "\"SERVICE_NAME\":\"web\"}}}";
    CLEAN(json) json_t *doc = json_parse(text, strlen(text), NULL);
    struct container *c = container_from_json(doc, NULL);

    is_str(kvs_get(&c->labels, "net.ip"), NULL, "a label of others is not kept");
    container_keep_label(c, doc, "net.ip");
    container_keep_label(c, doc, "net.ip");
    container_keep_label(c, doc, "SERVICE_NAME");
    container_keep_label(c, doc, "missing");
    is_str(kvs_get(&c->labels, "net.ip"), "10.0.0.1/8", "unless it is asked for");
    is_int((long long)c->labels.n, 2, "and each label is kept once");
    container_free(c);
}

int main(void)
{
    test_health();
    test_failed();
    test_kept_label();
    test_recorded_documents();
    test_bindings();
    test_said_ports();
    test_refusals();
    test_limits();
    test_signals();
    test_times();
    return tap_done();
}
