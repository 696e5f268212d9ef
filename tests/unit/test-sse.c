/* Server-sent events, in pieces of any size. */
#include "agent/sse.h"

#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "tests/tap.h"

static void add_event(void *arg, const char *name, const char *data, size_t len)
{
    sbuf_addf(arg, "<%s|%.*s>", name, (int)len, data);
}

/* Every size of pieces gives the same. */
static void read_as(const char *bytes, const char *wanted, const char *what)
{
    size_t all = strlen(bytes), bad = 0;

    for (size_t size = 1; size <= all; size++) {
        struct sse s = {0};
        CLEAN(sbuf) struct sbuf got = SBUF_INIT;

        for (size_t at = 0; at < all; at += size)
            sse_take(&s, bytes + at, all - at < size ? all - at : size, add_event, &got);
        bad += strcmp(sbuf_str(&got), wanted) != 0;
        if (size == all)
            is_str(sbuf_str(&got), wanted, "%s", what);
        sse_done(&s);
    }
    is_int((long long)bad, 0, "%s, in pieces", what);
}

static void test_events(void)
{
    read_as("retry: 2000\n\nevent: state\ndata: {\"stamp\": 7}\n\n", "<state|{\"stamp\": 7}>",
            "an event after the pause between attempts");
    read_as("event: a\r\ndata: 1\r\n\r\n: alive\n\nevent:b\ndata:2\n\n", "<a|1><b|2>",
            "CRLF, comments, no blank");
    read_as("event: a\ndata: 1\ndata: 2\n\n", "<a|1\n2>", "data in two lines");
    read_as("data: 1\n\nevent: a\n\nevent: b\ndata: 3\n", "", "no name, no data, no end");
    read_as("event: a-name-that-is-much-longer-than-any-that-there-is\ndata: 1\n\n"
            "event: b\ndata: 2\n\n",
            "<b|2>", "a name that is too long");
    read_as("eventual: a\ndatabase: b\nid: 3\n\n", "", "other fields");
}

static void test_limits(void)
{
    CLEAN(free_str) char *line = xmalloc(SSE_LINE_MAX + 1);
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;
    struct sse s = {0};

    memset(line, 'x', SSE_LINE_MAX);
    sse_take(&s, "event: a\ndata: ", 15, add_event, &got);
    sse_take(&s, line, SSE_LINE_MAX, add_event, &got);
    sse_take(&s, "\n\nevent: b\ndata: 2\n\n", 20, add_event, &got);
    is_str(sbuf_str(&got), "<b|2>", "a line that is too long spoils its event alone");
    for (int i = 0; i < 3; i++) {
        sse_take(&s, i ? "data: " : "event: c\ndata: ", i ? 6 : 15, add_event, &got);
        sse_take(&s, line, SSE_LINE_MAX / 2 - 16, add_event, &got);
        sse_take(&s, "\n", 1, add_event, &got);
    }
    sse_take(&s, "\nevent: d\ndata: 4\n\n", 19, add_event, &got);
    is_str(sbuf_str(&got), "<b|2><d|4>", "so does too much data");
    sse_done(&s);
}

int main(void)
{
    test_events();
    test_limits();
    return tap_done();
}
