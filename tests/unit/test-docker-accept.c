#include "agent/docker_accept.h"

#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static char *document(const char *name, const char *status, int exit_code)
{
    return xasprintf("{\"Id\":\"" ID "\",\"Name\":\"/%s\",\"HostConfig\":{},"
                     "\"NetworkSettings\":{},\"Config\":{\"Image\":\"nginx\"},"
                     "\"State\":{\"Status\":\"%s\",\"Running\":%s,\"ExitCode\":%d}}",
                     name, status, strcmp(status, "running") ? "false" : "true", exit_code);
}

static bool answer(struct docker_accept *a, struct inventory *inv, long status, const char *body)
{
    struct http_answer answer = {.status = status, .body = body, .len = strlen(body)};

    return docker_accept(a, inv, ID, &answer);
}

static void test_documents(void)
{
    struct docker_accept a = {.keep_label = ""};
    struct inventory inv = {0};
    CLEAN(free_str) char *one = document("one", "running", 0);
    CLEAN(free_str) char *two = document("two", "running", 0);
    CLEAN(free_str) char *ended = document("two", "exited", 1);

    ok(answer(&a, &inv, 200, one), "a document is news");
    is_str(inv.v[0].container->name, "one", "it is read");
    uint64_t revision = inv.v[0].container->revision;
    ok(revision, "and counted");
    ok(!answer(&a, &inv, 200, one), "the same again is none");
    ok(inv.v[0].container->revision == revision, "and counts as the same");
    ok(answer(&a, &inv, 200, two), "another one is");
    is_str(inv.v[0].container->name, "two", "it is read, too");
    ok(inv.v[0].container->revision != revision, "and counts anew");
    inv.v[0].dirty = true;
    ok(answer(&a, &inv, 200, ended), "the end is news");
    is_int((long long)inv.n, 1, "what is to be inspected stays");
    inv.v[0].dirty = false;
    ok(!answer(&a, &inv, 200, ended), "what has ended twice is no news");
    is_int((long long)inv.n, 0, "and is forgotten");
    inventory_done(&inv);
}

static void test_trouble(void)
{
    struct docker_accept a = {.keep_label = ""};
    struct inventory inv = {0};
    CLEAN(free_str) char *one = document("one", "running", 0);

    ok(answer(&a, &inv, 200, one), "a container runs");
    ok(answer(&a, &inv, 500, "no"), "an error of Docker's is news");
    ok(inv.v[0].quarantine && !inv.v[0].container, "and quarantines it");
    ok(strstr(inv.v[0].quarantine, "HTTP status 500"), "because of that: %s", inv.v[0].quarantine);
    ok(answer(&a, &inv, 200, one), "the document from before is news then");
    ok(inv.v[0].container && !inv.v[0].quarantine, "and ends that");
    ok(answer(&a, &inv, 200, "{"), "half a document is news");
    ok(inv.v[0].quarantine && strstr(inv.v[0].quarantine, "invalid JSON"), "and says so");
    ok(!answer(&a, &inv, 200, "{"), "once");
    ok(answer(&a, &inv, 404, ""), "that it is gone is news");
    is_int((long long)inv.n, 0, "and it is");
    inventory_done(&inv);
}

static void test_failed(void)
{
    struct docker_accept a = {.keep_label = "", .watch_failed = true};
    struct inventory inv = {0};
    CLEAN(free_str) char *failed = document("one", "exited", 1);

    ok(answer(&a, &inv, 200, failed), "a failure is news");
    ok(inv.n == 1 && inv.v[0].failed && !inv.v[0].container, "and remembered");
    ok(!answer(&a, &inv, 200, failed), "once");
    is_int((long long)inv.n, 1, "for as long as it is there");
    inventory_done(&inv);
}

int main(void)
{
    test_documents();
    test_trouble();
    test_failed();
    return tap_done();
}
