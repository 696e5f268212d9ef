/* Marathon's event stream: which apps to read again. */
#include <stdlib.h>
#include <string.h>

#include "lib/marathon_event.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

#define EVENT(name, data) "event: " name "\r\ndata: " data "\r\n\r\n"

static const struct {
    const char *name, *stream, *apps;
    bool all;
} streams[] = {
    {"a heart beat", "\r\n", "", false},
    {"a task's state", EVENT("status_update_event", "{\"appId\": \"/shop/a\", \"taskId\": \"t\"}"),
     "/shop/a", false},
    {"an instance", EVENT("instance_changed_event", "{\"runSpecId\": \"/a\"}"), "/a", false},
    {"health", EVENT("health_status_changed_event", "{\"appId\": \"/a\", \"alive\": true}"), "/a",
     false},
    {"health of an instance", EVENT("instance_health_changed_event", "{\"runSpecId\": \"/a\"}"),
     "/a", false},
    {"a new definition", EVENT("api_post_event", "{\"appDefinition\": {\"id\": \"/a\"}}"), "/a",
     false},
    {"an end", EVENT("app_terminated_event", "{\"appId\": \"/a\"}"), "/a", false},
    {"one unknown", EVENT("unknown_instance_terminated_event", "{\"runSpecId\": \"/a\"}"), "/a",
     false},
    {"a deployment",
     EVENT("deployment_success", "{\"id\": \"x\", \"plan\": {\"steps\": [{\"actions\": "
                                 "[{\"action\": \"ScaleApplication\", \"app\": \"/a\"}]},"
                                 "{\"actions\": [{\"app\": \"/b\"}, {\"app\": \"/a\"}]}]}}"),
     "/a /b", false},
    {"a deployment without its plan", EVENT("deployment_failed", "{\"id\": \"x\"}"), "", true},
    {"each app once",
     EVENT("status_update_event", "{\"appId\": \"/a\"}")
         EVENT("status_update_event", "{\"appId\": \"/b\"}")
             EVENT("instance_changed_event", "{\"runSpecId\": \"/a\"}"),
     "/a /b", false},
    {"without carriage returns", "event: app_terminated_event\ndata: {\"appId\": \"/a\"}\n\n", "/a",
     false},
    {"without a blank", "event:app_terminated_event\ndata:{\"appId\": \"/a\"}\n\n", "/a", false},
    {"what nobody asked for", EVENT("some_future_event", "{\"x\": 1}"), "", false},
    {"a comment", ": hello\r\n\r\n", "", false},
    {"half a document", EVENT("status_update_event", "{\"appId\": \"/a"), "", true},
    {"no app", EVENT("status_update_event", "{\"taskId\": \"t\"}"), "", true},
    {"no app's id", EVENT("status_update_event", "{\"appId\": \"/a b\"}"), "", true},
    {"HTML", "<html>\r\n<body>502</body></html>\r\n", "", false},
    {"data without a name", "data: {\"appId\": \"/a\"}\r\n\r\n", "", false},
    {"not the name before", EVENT("status_update_event", "{\"appId\": \"/a\"}") "data: {}\r\n\r\n",
     "/a", false},
    {"an end that is missing", "event: status_update_event\r\ndata: {\"appId\": \"/a\"}", "",
     false},
};

/* Fed in pieces of 'size' bytes. */
static bool feed(const char *stream, size_t size, struct strv *apps)
{
    struct marathon_feed f = {.line = SBUF_INIT};
    size_t len = strlen(stream);
    bool all = false;

    for (size_t at = 0; at < len; at += size)
        all |= marathon_feed_take(&f, stream + at, at + size < len ? size : len - at, apps);
    marathon_feed_done(&f);
    return all;
}

static void test_streams(void)
{
    for (size_t i = 0; i < ARRAY_LEN(streams); i++)
        for (size_t size = 1; size < 4096; size *= 8) {
            struct strv apps = {0};

            is_int(feed(streams[i].stream, size, &apps), streams[i].all, "%s, by %zu: all",
                   streams[i].name, size);
            CLEAN(free_str) char *got = strv_join(&apps, " ");
            is_str(got, streams[i].apps, "%s, by %zu", streams[i].name, size);
            strv_done(&apps);
        }
}

/* 50 MB in one line cost no memory, mean "read all", and the next event counts. */
static void test_endless_line(void)
{
    static char piece[64 * 1024];
    struct marathon_feed f = {.line = SBUF_INIT};
    struct strv apps = {0};
    static const char begin[] = "event: api_post_event\r\ndata: {\"appDefinition\": \"";
    static const char end[] = "\"}\r\n\r\n" EVENT("app_terminated_event", "{\"appId\": \"/a\"}");
    bool all = marathon_feed_take(&f, begin, strlen(begin), &apps);

    memset(piece, 'x', sizeof piece);
    for (size_t i = 0; i < 800; i++)
        all |= marathon_feed_take(&f, piece, sizeof piece, &apps);
    ok(!all, "nothing is said before its end");
    ok(f.line.cap <= 4 * MARATHON_EVENT_MAX, "it takes %zu bytes", f.line.cap);
    ok(marathon_feed_take(&f, end, strlen(end), &apps), "then all are read");
    is_int((long long)apps.n, 1, "and the event behind it counts");
    strv_done(&apps);
    marathon_feed_done(&f);
}

int main(void)
{
    test_streams();
    test_endless_line();
    return tap_done();
}
