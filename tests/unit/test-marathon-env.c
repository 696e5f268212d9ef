/* What Marathon tells a container, and how a service is called after its app. */
#include <string.h>

#include "lib/clean.h"
#include "lib/marathon_env.h"
#include "tests/tap.h"

static const struct {
    const char *id, *scheme, *name;
} names[] = {
    {"/shop/greet", "last", "greet"},
    {"/shop/greet", "path", "shop-greet"},
    {"/shop/greet", "reversed", "greet-shop"},
    {"/greet", "last", "greet"},
    {"/greet", "path", "greet"},
    {"/greet", "reversed", "greet"},
    {"/a/b/c", "path", "a-b-c"},
    {"/a/b/c", "reversed", "c-b-a"},
    {"/a/b", "image", NULL},
};

static void test_names(void)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        CLEAN(free_str) char *name = marathon_service_name(names[i].id, names[i].scheme);

        is_str(name ? name : "-", names[i].name ? names[i].name : "-", "%s by %s", names[i].id,
               names[i].scheme);
        ok(marathon_scheme_ok(names[i].scheme), "%s is a scheme", names[i].scheme);
    }
    ok(!marathon_scheme_ok("first"), "first is none");
}

static void test_expand(void)
{
    struct kvs env = {0};

    kvs_add(&env, "MARATHON_APP_LABEL_SERVICE_NAME", "by-label");
    kvs_add(&env, "MARATHON_APP_LABEL_SERVICE_TAGS", "a,b");
    kvs_add(&env, "SERVICE_TAGS", "own");
    kvs_add(&env, "MARATHON_APP_LABEL_HAPROXY_0_VHOST", "v");
    kvs_add(&env, "MARATHON_APP_LABEL_OWNER", "me");
    marathon_env_expand(&env);
    is_str(kvs_get(&env, "SERVICE_NAME"), "by-label", "an app's label");
    is_str(kvs_get(&env, "SERVICE_TAGS"), "own", "what the container says itself counts");
    is_str(kvs_get(&env, "HAPROXY_0_VHOST"), "v", "marathon-lb's, too");
    ok(!kvs_get(&env, "OWNER"), "no other label");
    kvs_done(&env);
}

static const struct {
    const char *key, *value;
    const char *app, *version, *task; /* NULL: none */
} said[] = {
    {"MARATHON_APP_ID", "/shop/greet", "/shop/greet", NULL, NULL},
    {"MARATHON_APP_ID", "greet", NULL, NULL, NULL},
    {"MARATHON_APP_ID", "/a/../b", NULL, NULL, NULL},
    {"MARATHON_APP_ID", "", NULL, NULL, NULL},
    {"MARATHON_APP_VERSION", "2026-11-20T10:00:00.000Z", NULL, "2026-11-20T10:00:00.000Z", NULL},
    {"MARATHON_APP_VERSION", "../../v2/info", NULL, NULL, NULL},
    {"MARATHON_APP_VERSION", "a?b", NULL, NULL, NULL},
    {"MARATHON_APP_VERSION", "a b", NULL, NULL, NULL},
    {"MESOS_TASK_ID", "greet.1", NULL, NULL, "greet.1"},
    {"MESOS_TASK_ID", "a\nb", NULL, NULL, NULL},
};

static void test_said(void)
{
    const struct kvs none = {0};

    for (size_t i = 0; i < ARRAY_LEN(said); i++) {
        struct kvs env = {0};

        kvs_add(&env, said[i].key, said[i].value);
        const char *got[] = {marathon_env_app(&env), marathon_env_version(&env),
                             marathon_env_task(&none, &env)};
        const char *wanted[] = {said[i].app, said[i].version, said[i].task};
        for (size_t k = 0; k < ARRAY_LEN(got); k++)
            is_str(got[k] ? got[k] : "-", wanted[k] ? wanted[k] : "-", "%s=%s: %zu", said[i].key,
                   said[i].value, k);
        kvs_done(&env);
    }
}

static void test_label_first(void)
{
    struct kvs labels = {0}, env = {0};

    kvs_add(&labels, "MESOS_TASK_ID", "by-label");
    kvs_add(&env, "MESOS_TASK_ID", "by-env");
    is_str(marathon_env_task(&labels, &env), "by-label", "a label comes first");
    kvs_done(&labels);
    kvs_done(&env);
}

static void test_join(void)
{
    struct kvs labels = {0}, env = {0}, app = {0}, joined = {0};

    kvs_add(&labels, "MESOS_TASK_ID", "t");
    kvs_add(&labels, "SERVICE_TAGS", "of-the-container");
    kvs_add(&env, "SERVICE_NAME", "of-env");
    kvs_add(&app, "OWNER", "me");
    kvs_add(&app, "SERVICE_NAME", "of-the-app");
    kvs_add(&app, "SERVICE_TAGS", "of-the-app");
    ok(!marathon_env_join(&labels, &env, &app, &joined) && !joined.n, "what adds nothing is none");
    kvs_add(&app, "HAPROXY_0_BACKEND_HEAD", "long");
    kvs_add(&app, "berth.8080.host-port", "20001");
    ok(marathon_env_join(&labels, &env, &app, &joined), "an app's labels in its own spelling");
    is_str(kvs_get(&joined, "HAPROXY_0_BACKEND_HEAD"), "long", "a long one");
    is_str(kvs_get(&joined, "berth.8080.host-port"), "20001", "a lower-case one");
    is_str(kvs_get(&joined, "MESOS_TASK_ID"), "t", "the container's stay");
    is_str(kvs_get(&joined, "SERVICE_TAGS"), "of-the-container", "and count more");
    ok(!kvs_get(&joined, "SERVICE_NAME"), "as the environment does");
    ok(!kvs_get(&joined, "OWNER"), "no other label");
    kvs_done(&labels);
    kvs_done(&env);
    kvs_done(&app);
    kvs_done(&joined);
}

int main(void)
{
    test_join();
    test_names();
    test_expand();
    test_said();
    test_label_first();
    return tap_done();
}
