/* The chains of a recorded state, and what container words say. */
#include "agent/explain.h"

#include <string.h>

#include "agent/near.h"
#include "agent/said.h"
#include "lib/json.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static void test_subjects(const json_t *doc)
{
    static const char *const subjects[] = {"web-1",
                                           "a1f6",
                                           "web",
                                           "api-1",
                                           "lonely",
                                           "stats",
                                           "secret",
                                           "routable",
                                           "waiting",
                                           "odd",
                                           "quiet",
                                           "billing",
                                           "28000",
                                           ":9000",
                                           "192.0.2.2:28002",
                                           "127.0.0.1:28000",
                                           "172.17.0.2:8080",
                                           "8081",
                                           "[2001:db8::2]:28000",
                                           "10.0.0.6:8080",
                                           "22",
                                           "53",
                                           "wbe-1",
                                           "bil",
                                           "1.2.3.4:5",
                                           "",
                                           "web\033[31m"};
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;

    for (size_t i = 0; i < ARRAY_LEN(subjects); i++) {
        CLEAN(json) json_t *answer = explain_subject(doc, subjects[i]);

        sbuf_adds(&out, "==== ");
        sbuf_add_printable(&out, subjects[i]);
        sbuf_addch(&out, '\n');
        explain_print(answer, &out);
        sbuf_addch(&out, '\n');
    }
    is_golden(sbuf_str(&out), "agent/explain.txt");
}

/* A host port at this host's one address says so: it is not open on the others. */
static void test_bound(json_t *doc)
{
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;
    json_t *mapping = json_array_get(json_object_get(doc, "mappings"), 0);

    json_object_set_new(mapping, "host_address", json_string("192.0.2.2"));
    CLEAN(json) json_t *answer = explain_subject(doc, json_str(mapping, "container_id"));
    explain_print(answer, &out);
    ok(strstr(sbuf_str(&out), "192.0.2.2 port 28000: the address that the host port is bound to"),
       "a host port that is bound to this host's address");
}

static void test_hostile(void)
{
    static const char *const docs[] = {
        "{}", "[]", "{\"containers\":[null,{\"name\":\"a\",\"ports\":[null,{}]}],\"mappings\":3}",
        "{\"containers\":[{\"name\":\"a\",\"id\":7}],\"backends\":[{\"service\":\"a\",\"vhosts\":"
        "[1]}],\"instances\":[{\"service\":\"a\"}],\"machines\":[{\"service\":\"a\"}]}"};

    for (size_t i = 0; i < ARRAY_LEN(docs); i++) {
        CLEAN(json) json_t *doc = json_loads(docs[i], 0, NULL);
        CLEAN(json) json_t *answer = explain_subject(doc, "a");
        CLEAN(sbuf) struct sbuf out = SBUF_INIT;

        explain_print(answer, &out);
        ok(out.len > 0, "an odd document %zu gives an answer", i);
    }
}

static void test_said(void)
{
    struct kvs env = {0}, labels = {0};
    CLEAN(json) json_t *list = json_array();

    kvs_add(&env, "SERVICE_NAME", "env");
    kvs_add(&env, "SERVICE_80_NAME", "env80");
    kvs_add(&env, "SERVICE_81_NAME", "other");
    kvs_add(&env, "PATH", "/bin");
    kvs_add(&labels, "SERVICE_NAME", "label");
    kvs_add(&labels, "SERVICE_80_Name", "label80");
    kvs_add(&labels, "SERVICE_REGION", "");
    kvs_add(&labels, "HAPROXY_0_VHOST", "a.example.org");
    kvs_add(&labels, "HAPROXY_1_VHOST", "b.example.org");
    kvs_add(&env, "HAPROXY_0_VHOST", "c.example.org");
    kvs_add(&labels, "berth.network", "lan");
    kvs_add(&labels, "berth.80.host-port", "28005");
    kvs_add(&labels, "berth.81.host-port", "28006");
    said_add(list, &env, &labels, 80, 0);
    CLEAN(free_str) char *text = json_dumps(list, JSON_INDENT(1));
    CLEAN(free_str) char *line = xasprintf("%s\n", text);
    is_golden(line, "agent/said.json");
    kvs_done(&env);
    kvs_done(&labels);
}

static void test_near(void)
{
    static const struct {
        const char *name, *wanted;
    } tests[] = {
        {"web-1", "web-1,web-2,web"},
        {"wbe-1", "web-1,web-2"},
        {"billin", "billing"},
        {"billing-service", "billing"},
        {"wbe", "web"},
        {"x", ""},
        {"", ""},
    };
    struct strv all = {0};

    strv_add(&all, "web-1");
    strv_add(&all, "web-2");
    strv_add(&all, "web");
    strv_add(&all, "web");
    strv_add(&all, "billing");
    for (size_t i = 0; i < ARRAY_LEN(tests); i++) {
        struct strv near = {0};

        near_find(&all, tests[i].name, &near);
        CLEAN(free_str) char *got = strv_join(&near, ",");
        is_str(got, tests[i].wanted, "near '%s'", tests[i].name);
        strv_done(&near);
    }
    strv_done(&all);
}

static void test_dubbo(void)
{
    static const char text[] =
        "{\"containers\":[{\"id\":\"a1f6\",\"name\":\"greet-1\",\"image\":\"greet\","
        "\"state\":\"running\",\"ports\":[{\"port\":20880,\"protocol\":\"tcp\"}]}],"
        "\"mappings\":[{\"container_id\":\"a1f6\",\"container_port\":20880,\"protocol\":\"tcp\","
        "\"host_port\":28000}],\"dubbo\":["
        "{\"provider\":\"com.acme.Greeter:1.0 at 192.0.2.2:28000\",\"host_port\":28000,"
        "\"machine\":false,\"wanted\":true,\"state\":\"registered\"},"
        "{\"provider\":\"com.acme.Greeter at 192.0.2.9:20880\",\"host_port\":20880,"
        "\"machine\":true,\"wanted\":false,\"state\":\"registered\"},"
        "{\"provider\":\"com.acme.Greeters at 192.0.2.2:28001\",\"host_port\":28001},{}],"
        "\"problems\":[{\"subject\":\"interface com.acme.Greeter\",\"text\":\"shop-app\"},"
        "{\"subject\":\"interface com.acme.Clock\",\"text\":\"clock-app\"}]}";
    static const char wanted[] =
        "Dubbo interface com.acme.Greeter\n"
        "  dubbo       com.acme.Greeter:1.0 at 192.0.2.2:28000: registered\n"
        "  dubbo       com.acme.Greeter at 192.0.2.9:20880: registered, to "
        "be removed\n"
        "  problem     shop-app\n";
    CLEAN(json) json_t *doc = json_parse(text, strlen(text), NULL);
    CLEAN(json) json_t *interface = explain_subject(doc, "com.acme.Greeter");
    CLEAN(json) json_t *problem = explain_subject(doc, "com.acme.Clock");
    CLEAN(json) json_t *none = explain_subject(doc, "com.acme");
    CLEAN(json) json_t *container = explain_subject(doc, "greet-1");
    CLEAN(sbuf) struct sbuf all = SBUF_INIT, one = SBUF_INIT, own = SBUF_INIT;

    explain_print(interface, &all);
    is_str(sbuf_str(&all), wanted, "an interface has its providers, and what is wrong");
    explain_print(problem, &one);
    is_str(sbuf_str(&one), "Dubbo interface com.acme.Clock\n  problem     clock-app\n",
           "one without providers of ours, too");
    ok(json_is_false(json_object_get(none, "found")), "a part of a name is none");
    explain_print(container, &own);
    ok(strstr(sbuf_str(&own), "  dubbo       com.acme.Greeter:1.0 at 192.0.2.2:28000: registered\n"
                              "  problem     shop-app\n") &&
           !strstr(sbuf_str(&own), "192.0.2.9"),
       "a container has its own");
}

static void test_names(void)
{
    static const char text[] =
        "{\"backends\":[{\"service\":\"web\",\"name\":\"web\",\"vhosts\":[\"Shop.example.com\"],"
        "\"service_ports\":[8081],\"servers\":[]}],\"dns\":{\"zone\":\"example.com\",\"names\":["
        "{\"name\":\"_web._tcp.example.com\",\"records\":[\"30 IN SRV 0 0 8081 "
        "web.example.com.\"],\"state\":\"written\"},"
        "{\"name\":\"other.example.com\",\"records\":[],\"state\":\"written\"},"
        "{\"name\":\"shop.example.com\",\"records\":[\"30 IN A 192.0.2.1\"],"
        "\"state\":\"refused\"},{\"name\":7}]}}";
    CLEAN(json) json_t *doc = json_parse(text, strlen(text), NULL);
    CLEAN(json) json_t *answer = explain_subject(doc, "web");
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;

    explain_print(answer, &out);
    ok(strstr(sbuf_str(&out), "_web._tcp.example.com: SRV 0 0 8081 web.example.com. (written)"),
       "the service's port in DNS");
    ok(strstr(sbuf_str(&out), "shop.example.com: A 192.0.2.1 (refused)"), "its host name in DNS");
    ok(!strstr(sbuf_str(&out), "other.example.com"), "no name of another service");
}

/* What is wrong with one port is not said of another one, and a document that could not be read
 * has no name. */
static void test_problems(void)
{
    static const char text[] =
        "{\"containers\":[{\"id\":\"a1f6\",\"name\":\"two\",\"image\":\"i\","
        "\"state\":\"running\",\"ports\":[{\"port\":80,\"protocol\":\"tcp\"},"
        "{\"port\":8080,\"protocol\":\"tcp\"}]},"
        "{\"id\":\"ee5b4be54cbf6fc7\",\"name\":null,\"state\":\"quarantined\","
        "\"why\":\"invalid JSON\",\"ports\":[]}],\"problems\":["
        "{\"subject\":\"container two\",\"text\":\"port 80/tcp gets no host port: a\"},"
        "{\"subject\":\"container two\",\"text\":\"port 8080/tcp gets no host port: b\"},"
        "{\"subject\":\"container two\",\"text\":\"port of call\"}]}";
    CLEAN(json) json_t *doc = json_parse(text, strlen(text), NULL);
    CLEAN(json) json_t *two = explain_subject(doc, "two");
    CLEAN(json) json_t *bad = explain_subject(doc, "ee5b4be54cbf");
    CLEAN(sbuf) struct sbuf out = SBUF_INIT, left_out = SBUF_INIT;

    explain_print(two, &out);
    const char *second = strstr(sbuf_str(&out), "\n\n");
    const char *first = strstr(sbuf_str(&out), "host port: a");
    ok(first && second && first < second && !strstr(second, "host port: a"), "80's is at 80");
    ok(second && strstr(second, "host port: b"), "8080's is at 8080");
    ok(second && strstr(second, "port of call"), "the container's is at both");
    explain_print(bad, &left_out);
    is_str(sbuf_str(&left_out), "container ee5b4be54cbf\n  container   quarantined: invalid JSON\n",
           "what is left out is called by its id");
}

int main(void)
{
    CLEAN(free_str) char *text = tests_read("fixtures/explain.json", NULL);
    CLEAN(json) json_t *doc = json_parse(text, strlen(text), NULL);

    test_subjects(doc);
    test_bound(doc);
    test_hostile();
    test_said();
    test_near();
    test_names();
    test_dubbo();
    test_problems();
    return tap_done();
}
