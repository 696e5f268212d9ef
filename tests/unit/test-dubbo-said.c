/* berth.dubbo.<port>: what labels may say, and what is told where they may not. */
#include "registrator/dubbo_said.h"

#include <string.h>

#include "lib/clean.h"
#include "lib/sbuf.h"
#include "tests/tap.h"

/* "interface version group" of each service, "-" for none. */
static void services_are(const struct dubbo_said *s, const char *wanted, const char *name)
{
    CLEAN(sbuf) struct sbuf b = SBUF_INIT;

    for (size_t i = 0; i < s->n; i++)
        sbuf_addf(&b, "%s%s %s %s", i ? "," : "", s->v[i].interface,
                  s->v[i].version ? s->v[i].version : "-", s->v[i].group ? s->v[i].group : "-");
    is_str(sbuf_str(&b), wanted, "%s", name);
}

static void test_services(void)
{
    struct dubbo_said s = {0};

    ok(!dubbo_said_set(&s, "", "com.acme.A, com.acme.B:1.0 ,com.acme.C:2:blue,com.acme.D::red,",
                       NULL),
       "a list of services");
    services_are(&s, "com.acme.A - -,com.acme.B 1.0 -,com.acme.C 2 blue,com.acme.D - red",
                 "each with its version and group");
    dubbo_said_done(&s);
}

static void test_values(void)
{
    static const struct {
        const char *word, *value;
        bool good;
    } rows[] = {
        {"", "com.acme.Outer$Inner", true},
        {"", "", false},
        {"", " , ", false},
        {"", "a/b", false},
        {"", "a%2Fb", false},
        {"", "../x", false},
        {"", "com.acme.A:1:g:more", false},
        {"", "com.acme.A:1&x=y", false},
        {"", "com.acme.A\x1b", false},
        {"methods", "hello,bye", true},
        {"methods", "", false},
        {"methods", "a&b", false},
        {"weight", "1", true},
        {"weight", "10000", true},
        {"weight", "10001", false},
        {"weight", "0", false},
        {"weight", "-1", false},
        {"protocol", "dubbo", true},
        {"protocol", "tri", true},
        {"protocol", "rest", true},
        {"protocol", "http", false},
        {"application", "shop-1", true},
        {"application", "a b", false},
        {"params", "timeout=3000,retries=0", true},
        {"params", "token=a&b=c", false},
        {"params", "version=2", false},
        {"params", "timestamp=1", false},
        {"params", "berth.node=x", false},
        {"params", "timeout", false},
        {"colour", "blue", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct dubbo_said s = {0};
        CLEAN(err) struct err *err = NULL;
        bool good = !dubbo_said_set(&s, rows[i].word, rows[i].value, &err);

        ok(good == rows[i].good && !err == good, "row %zu, %s, is %s", i, rows[i].word,
           rows[i].good ? "taken" : "refused");
        dubbo_said_done(&s);
    }
}

static void test_read(void)
{
    struct kvs env = {0}, labels = {0};
    struct problems problems = {0};
    struct dubbo_said s = {0};

    kvs_add(&env, "berth.dubbo.20880", "com.acme.Env");
    kvs_add(&env, "berth.dubbo.20880.weight", "7");
    kvs_add(&labels, "berth.dubbo.20880", "com.acme.Label");
    kvs_add(&labels, "berth.dubbo.81", "com.acme.Other");
    kvs_add(&labels, "berth.dubbo.81.weight", "many");
    dubbo_said_read(&env, &labels, 20880, "container a", &s, &problems);
    services_are(&s, "com.acme.Label - -", "a label counts before the environment");
    is_int(s.weight, 7, "what no label says, the environment does");
    dubbo_said_done(&s);
    dubbo_said_read(&env, &labels, 80, "container a", &s, &problems);
    is_int((long long)s.n, 0, "of another port nothing is said");
    is_int((long long)problems.n, 0, "and nothing is wrong");
    dubbo_said_read(&env, &labels, 81, "container a", &s, &problems);
    is_int((long long)s.n, 0, "one bad word, and the port is no provider");
    is_str(problems.n ? problems.v[0].text : "",
           "berth.dubbo.81.weight=\"many\": the port is no Dubbo provider: a weight is a number "
           "from 1 to 10000",
           "and a person is told");
    problems_done(&problems);
    kvs_done(&env);
    kvs_done(&labels);
}

static void test_check(void)
{
    static const char *const odd[] = {"berth.dubbo.99999", "berth.dubbo.x", "berth.dubbo.",
                                      "berth.dubbo.80.colour", "berth.dubbo.443"};
    static const uint16_t ports[] = {80, 8080};
    struct kvs env = {0}, labels = {0};
    struct problems problems = {0};

    kvs_add(&labels, "berth.dubbo.80", "com.acme.A");
    kvs_add(&env, "berth.dubbo.8080.methods", "a");
    dubbo_said_check(&env, &labels, ports, ARRAY_LEN(ports), "container a", &problems);
    is_int((long long)problems.n, 0, "labels of ports that there are, are fine");
    for (size_t i = 0; i < ARRAY_LEN(odd); i++)
        kvs_add(i % 2 ? &env : &labels, odd[i], "com.acme.A");
    dubbo_said_check(&env, &labels, ports, ARRAY_LEN(ports), "container a", &problems);
    is_int((long long)problems.n, ARRAY_LEN(odd), "the others are told, each");
    problems_done(&problems);
    kvs_done(&env);
    kvs_done(&labels);
}

int main(void)
{
    test_services();
    test_values();
    test_read();
    test_check();
    return tap_done();
}
