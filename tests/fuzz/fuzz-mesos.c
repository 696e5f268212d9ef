/* Command lines of any program. */
#include <stdlib.h>

#include "portmap/mesos.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mesos_range ranges[MESOS_RANGES_MAX];
    size_t n = mesos_ranges((const char *)data, len, ranges);

    for (size_t i = 0; i < n; i++)
        if (ranges[i].first > ranges[i].last || ranges[i].last > 65535)
            abort();
    return 0;
}
