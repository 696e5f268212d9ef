/* Foreign bytes: Marathon's event stream, whole and byte by byte. */
#include <stdlib.h>

#include "lib/marathon_event.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct marathon_feed one = {.line = SBUF_INIT}, two = {.line = SBUF_INIT};
    struct strv whole = {0}, bytes = {0};
    bool all = marathon_feed_take(&one, (const char *)data, len, &whole), again = false;

    for (size_t i = 0; i < len; i++)
        again |= marathon_feed_take(&two, (const char *)data + i, 1, &bytes);
    if (all != again || !strv_equal(&whole, &bytes))
        abort();
    strv_done(&whole);
    strv_done(&bytes);
    marathon_feed_done(&one);
    marathon_feed_done(&two);
    return 0;
}
