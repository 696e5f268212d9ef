/* Server-sent events. */
#include <stdlib.h>
#include <string.h>

#include "agent/sse.h"
#include "tests/fuzz/fuzz.h"

static void on_event(void *arg, const char *name, const char *data, size_t len)
{
    (void)arg;
    if (!*name || strlen(name) >= SSE_NAME_MAX || len >= SSE_LINE_MAX || data[len])
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct sse s = {0};
    size_t half = len / 2;

    sse_take(&s, (const char *)data, half, on_event, NULL);
    sse_take(&s, (const char *)data + half, len - half, on_event, NULL);
    sse_done(&s);
    return 0;
}
