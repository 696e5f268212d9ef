/* Messages of conntrack. */
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "portmap/flow.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint8_t *copy = xmalloc(len ? len : 1);
    struct flow f;

    memcpy(copy, data, len);
    if (!flow_parse(copy, len, &f) && (f.tuple + f.tuple_len > len || f.id + f.id_len > len ||
                                       f.zone + f.zone_len > len || !f.host_port))
        abort();
    free(copy);
    return 0;
}
