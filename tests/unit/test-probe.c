#include "registrator/probe.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/json.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "registrator/consul_json.h"
#include "registrator/metadata.h"
#include "tests/tap.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define PAIRS_MAX 8
#define NOTHING "null"
#define ADDRESS "192.0.2.7"

struct test {
    const char *labels[PAIRS_MAX];
    const char *wanted; /* the registration's "Checks", then the problems */
};

static void add_labels(struct kvs *ret, const char *const *pairs)
{
    for (size_t i = 0; i < PAIRS_MAX && pairs[i]; i++) {
        CLEAN(free_str) char *key = xstrndup(pairs[i], strcspn(pairs[i], "="));

        kvs_add(ret, key, pairs[i] + strlen(key) + 1);
    }
}

/* The instance of a container "web" whose port 80 is host port 8080, with 'labels'. */
static void derive(const struct test *t, bool strict, const char *address, struct instances *ret,
                   struct problems *problems)
{
    struct registrator_config config = {.node = "n", .strict = strict};
    struct kvs labels = {0}, env = {0};
    struct endpoint e = {.container_id = ID,
                         .container_name = "web",
                         .image = "nginx",
                         .env = &env,
                         .labels = &labels,
                         .network = "bridge",
                         .reach = REACH_PUBLISHED,
                         .protocol = IPPROTO_TCP,
                         .container_port = 80,
                         .host_port = 8080};

    add_labels(&labels, t->labels);
    ipaddr_parse(address, &e.host_addr);
    instances_from_endpoints(&config, &e, 1, ret, problems);
    kvs_done(&labels);
}

static void run(const struct test *t, bool strict, const char *address)
{
    struct instances l = {0};
    struct problems problems = {0};
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;

    derive(t, strict, address, &l, &problems);
    CLEAN(free_str) char *body = consul_json_register(&l.v[0]);
    CLEAN(json) json_t *j = json_loads(body, 0, NULL);
    json_t *checks = json_object_get(j, "Checks");
    CLEAN(free_str) char *text = checks ? json_dumps(checks, JSON_COMPACT) : xstrdup(NOTHING);
    sbuf_adds(&got, text);
    for (size_t i = 0; i < problems.n; i++)
        sbuf_addf(&got, "\n%s", problems.v[i].text);
    is_str(sbuf_str(&got), t->wanted, "%s", t->labels[0] ? t->labels[0] : "no label");
    instances_done(&l);
    problems_done(&problems);
}

#define FIRST "\"CheckID\":\"service:n:web:80\","

/* registrator's keys (consul/consul.go, buildCheck), and what is mended in them. */
static const struct test bodies[] = {
    {{NULL}, NOTHING},
    {{"SERVICE_CHECK_HTTP=/health?x=1"},
     "[{" FIRST "\"HTTP\":\"http://192.0.2.7:8080/health?x=1\",\"Interval\":\"10s\"}]"},
    {{"SERVICE_80_CHECK_HTTP=health", "SERVICE_CHECK_TIMEOUT=2s", "SERVICE_CHECK_INTERVAL=1m30s",
      "SERVICE_CHECK_HTTP_METHOD=HEAD", "SERVICE_CHECK_INITIAL_STATUS=passing",
      "SERVICE_CHECK_DEREGISTER_AFTER=30m"},
     "[{" FIRST "\"HTTP\":\"http://192.0.2.7:8080/health\",\"Method\":\"HEAD\","
     "\"Interval\":\"1m30s\",\"Timeout\":\"2s\",\"Status\":\"passing\","
     "\"DeregisterCriticalServiceAfter\":\"30m\"}]"},
    {{"SERVICE_CHECK_HTTPS=/", "SERVICE_CHECK_HTTPS_METHOD=GET", "SERVICE_CHECK_HTTP_METHOD=PUT",
      "SERVICE_CHECK_TLS_SKIP_VERIFY=1"},
     "[{" FIRST "\"HTTP\":\"https://192.0.2.7:8080/\",\"Method\":\"GET\",\"Interval\":\"10s\","
     "\"TLSSkipVerify\":true}]"},

    {{"SERVICE_CHECK_CMD=/bin/alive -v", "SERVICE_CHECK_TIMEOUT=2s"},
     "[{" FIRST "\"Interval\":\"10s\","
     "\"Args\":[\"check-cmd\",\"0123456789ab\",\"80\",\"/bin/alive -v\"]}]"},
    {{"SERVICE_CHECK_SCRIPT=nc $SERVICE_IP $SERVICE_PORT || echo $SERVICE_PORT"},
     "[{" FIRST "\"Interval\":\"10s\","
     "\"Args\":[\"/bin/sh\",\"-c\",\"nc 192.0.2.7 8080 || echo 8080\"]}]"},

    {{"SERVICE_CHECK_TTL=30s", "SERVICE_CHECK_INTERVAL=5s", "SERVICE_CHECK_TIMEOUT=5s"},
     "[{" FIRST "\"TTL\":\"30s\"}]"},
    {{"SERVICE_CHECK_TCP=true", "SERVICE_CHECK_TIMEOUT=500ms"},
     "[{" FIRST "\"TCP\":\"192.0.2.7:8080\",\"Interval\":\"10s\",\"Timeout\":\"500ms\"}]"},
    {{"SERVICE_CHECK_GRPC=true", "SERVICE_CHECK_TLS_SKIP_VERIFY=true"},
     "[{" FIRST "\"GRPC\":\"192.0.2.7:8080\",\"Interval\":\"10s\"}]"},
    {{"SERVICE_CHECK_GRPC=true", "SERVICE_CHECK_TLS_SKIP_VERIFY=true",
      "SERVICE_CHECK_GRPC_USE_TLS=true"},
     "[{" FIRST "\"GRPC\":\"192.0.2.7:8080\",\"Interval\":\"10s\",\"GRPCUseTLS\":true,"
     "\"TLSSkipVerify\":true}]"},
    /* Of several kinds the first one in registrator's order counts. */
    {{"SERVICE_CHECK_GRPC=1", "SERVICE_CHECK_TCP=1", "SERVICE_CHECK_TTL=1s",
      "SERVICE_CHECK_SCRIPT=x", "SERVICE_CHECK_CMD=x", "SERVICE_CHECK_HTTPS=/",
      "SERVICE_CHECK_HTTP=/"},
     "[{" FIRST "\"HTTP\":\"http://192.0.2.7:8080/\",\"Interval\":\"10s\"}]"},
    {{"SERVICE_CHECK_INTERVAL=5s", "SERVICE_CHECK_INITIAL_STATUS=passing"}, NOTHING},
    {{"SERVICE_81_CHECK_HTTP=/"}, NOTHING},
    {{"SERVICE_CHECK_HTTP=/", "SERVICE_80_CHECK_HTTP="}, NOTHING},

    /* Several checks. */
    {{"SERVICE_CHECK_TCP=1", "SERVICE_80_CHECK_1_HTTP=/a", "SERVICE_CHECK_2_TTL=1h",
      "SERVICE_CHECK_2_INITIAL_STATUS=warning", "SERVICE_CHECK_1_INTERVAL=1s"},
     "[{" FIRST "\"TCP\":\"192.0.2.7:8080\",\"Interval\":\"10s\"},"
     "{\"CheckID\":\"service:n:web:80:2\",\"HTTP\":\"http://192.0.2.7:8080/a\","
     "\"Interval\":\"1s\"},"
     "{\"CheckID\":\"service:n:web:80:3\",\"TTL\":\"1h\",\"Status\":\"warning\"}]"},
    {{"SERVICE_CHECK_7_TCP=1"}, "[{" FIRST "\"TCP\":\"192.0.2.7:8080\",\"Interval\":\"10s\"}]"},
    /* What Consul would refuse does not keep the service from being registered. */
    {{"SERVICE_CHECK_TTL=30"},
     NOTHING "\nSERVICE_CHECK_TTL=\"30\" is ignored; use a time with its unit, such as 10s, 500ms "
             "or 1m30s"},
    {{"SERVICE_80_CHECK_TTL=0s"},
     NOTHING "\nSERVICE_80_CHECK_TTL=\"0s\" is ignored; use a time with its unit, such as 10s, "
             "500ms or 1m30s"},
    {{"SERVICE_CHECK_TCP=1", "SERVICE_CHECK_INTERVAL=often", "SERVICE_CHECK_INITIAL_STATUS=good"},
     "[{" FIRST "\"TCP\":\"192.0.2.7:8080\",\"Interval\":\"10s\"}]"
     "\nSERVICE_CHECK_INITIAL_STATUS=\"good\" is ignored; use passing, warning or critical"
     "\nSERVICE_CHECK_INTERVAL=\"often\" is ignored; use a time with its unit, such as 10s, 500ms "
     "or 1m30s"},
    {{"SERVICE_CHECK_HTTP=/", "SERVICE_CHECK_HTTP_METHOD=GET /"},
     "[{" FIRST "\"HTTP\":\"http://192.0.2.7:8080/\",\"Interval\":\"10s\"}]"
     "\nSERVICE_CHECK_HTTP_METHOD=\"GET /\" is ignored; use an HTTP method, such as GET or HEAD"},
    {{"SERVICE_CHECK_HTTP=/\xff"},
     NOTHING "\nSERVICE_CHECK_HTTP=\"/\\xff\" is ignored; use at most 1024 bytes of UTF-8 without "
             "control characters"},
};

/* IPv6 has its brackets. */
static const struct test bodies6[] = {
    {{"SERVICE_CHECK_HTTP=/"},
     "[{" FIRST "\"HTTP\":\"http://[2001:db8::7]:8080/\",\"Interval\":\"10s\"}]"},
    {{"SERVICE_CHECK_TCP=yes"}, "[{" FIRST "\"TCP\":\"[2001:db8::7]:8080\",\"Interval\":\"10s\"}]"},
};

/* What registrator sends, where berth differs on purpose. */
static const struct test strict_bodies[] = {
    {{"SERVICE_CHECK_HTTPS=/", "SERVICE_CHECK_TLS_SKIP_VERIFY=1"},
     "[{" FIRST "\"HTTP\":\"https://192.0.2.7:8080/\",\"Interval\":\"10s\"}]"},
    {{"SERVICE_CHECK_SCRIPT=nc $SERVICE_IP $SERVICE_PORT"},
     "[{" FIRST "\"Interval\":\"10s\",\"Args\":[\"nc 192.0.2.7 8080\"]}]"},
};

static void test_times(void)
{
    static const struct {
        const char *said;
        bool good;
    } cases[] = {
        {"1s", true},           {"1.5h", true},
        {"90m", true},          {"1h30m", true},
        {"100ns", true},        {"10us", true},
        {"2.s", true},          {"", false},
        {"s", false},           {"-1s", false},
        {"+1s", false},         {"1", false},
        {"1 s", false},         {"1d", false},
        {"1e3s", false},        {"0x1s", false},
        {"0.0s", false},        {"1s1", false},
        {"inf", false},         {"nans", false},
        {"9999999999h", false}, {"99999999999999999999ns", false},
        {"0h0m0s", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEAN(free_str) char *label = xasprintf("SERVICE_CHECK_TIMEOUT=%s", cases[i].said);
        struct test t = {.labels = {"SERVICE_CHECK_TCP=1", label}};
        struct instances l = {0};

        derive(&t, false, ADDRESS, &l, NULL);
        const char *timeout = l.v[0].probes.v[0].field[PROBE_TIMEOUT];
        is_str(timeout, cases[i].good ? cases[i].said : NULL, "a time of \"%s\"", cases[i].said);
        instances_done(&l);
    }
}

static char *digest_of(const char *a, const char *b)
{
    struct test t = {.labels = {a, b}};
    struct instances l = {0};

    derive(&t, false, ADDRESS, &l, NULL);
    const char *said = kvs_get(&l.v[0].meta, META_PROBES);
    char *digest = xstrdup(said ? said : "none");
    instances_done(&l);
    return digest;
}

static void test_digest(void)
{
    CLEAN(free_str) char *none = digest_of("SERVICE_X=1", NULL);
    CLEAN(free_str) char *one = digest_of("SERVICE_CHECK_HTTP=/", NULL);
    CLEAN(free_str) char *same = digest_of("SERVICE_CHECK_HTTP=/", "SERVICE_Y=1");
    CLEAN(free_str) char *other = digest_of("SERVICE_CHECK_HTTP=/a", NULL);
    CLEAN(free_str)
    char *status = digest_of("SERVICE_CHECK_HTTP=/", "SERVICE_CHECK_INITIAL_STATUS=passing");
    CLEAN(free_str) char *two = digest_of("SERVICE_CHECK_HTTP=/", "SERVICE_CHECK_1_HTTP=/");
    CLEAN(free_str) char *script = digest_of("SERVICE_CHECK_SCRIPT=a", NULL);
    CLEAN(free_str) char *script2 = digest_of("SERVICE_CHECK_SCRIPT=b", NULL);

    is_str(none, "none", "no checks, no digest");
    ok(!strncmp(one, "1.", 2) && strlen(one) == 18, "a count and 16 digits: %s", one);
    is_str(same, one, "the same checks have the same digest");
    ok(strcmp(one, other) != 0, "another path has another one");
    is_str(status, one, "the initial status does not count");
    ok(!strncmp(two, "2.", 2), "two checks are counted");
    ok(strcmp(script, script2) != 0, "arguments count");
}

static void test_copy(void)
{
    struct test t = {.labels = {"SERVICE_CHECK_SCRIPT=a", "SERVICE_CHECK_1_TTL=5s"}};
    struct instances l = {0};
    struct instance copy;

    derive(&t, false, ADDRESS, &l, NULL);
    instance_copy(&copy, &l.v[0]);
    CLEAN(free_str) char *a = consul_json_register(&l.v[0]);
    CLEAN(free_str) char *b = consul_json_register(&copy);
    is_str(b, a, "a copy has the same checks");
    instance_done(&copy);
    instances_done(&l);
}

static void test_limit(void)
{
    struct registrator_config config = {.node = "n", .host_addr = ipaddr_any4()};
    struct kvs labels = {0}, env = {0};
    struct instances l = {0};
    struct problems problems = {0};
    struct endpoint e = {.container_id = ID,
                         .container_name = "web",
                         .image = "nginx",
                         .env = &env,
                         .labels = &labels,
                         .network = "bridge",
                         .reach = REACH_PUBLISHED,
                         .protocol = IPPROTO_TCP,
                         .container_port = 80,
                         .host_port = 8080};

    for (int i = 0; i < 1000; i++) {
        CLEAN(free_str) char *key = xasprintf("SERVICE_CHECK_%d_TTL", i);

        kvs_add(&labels, key, "1s");
    }
    instances_from_endpoints(&config, &e, 1, &l, &problems);
    is_int((long long)l.v[0].probes.n, PROBES_MAX, "a thousand checks are too many");
    is_int((long long)problems.n, 1, "which is said once");
    instances_done(&l);
    problems_done(&problems);
    kvs_done(&labels);
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
        run(&bodies[i], false, ADDRESS);
    for (size_t i = 0; i < ARRAY_LEN(bodies6); i++)
        run(&bodies6[i], false, "2001:db8::7");
    for (size_t i = 0; i < ARRAY_LEN(strict_bodies); i++)
        run(&strict_bodies[i], true, ADDRESS);
    test_times();
    test_digest();
    test_copy();
    test_limit();
    return tap_done();
}
