/* Notifications of nf_tables. */
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "portmap/notice.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint8_t *copy = xmalloc(len + 1); /* aligned, and with its end where the input ends */

    memcpy(copy, data, len);
    copy = xreallocarray(copy, len ? len : 1, 1);
    notice_concerns_us(copy, len, 7);
    notice_of_bridge_port(copy, len);
    free(copy);
    return 0;
}
