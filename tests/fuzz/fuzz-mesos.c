/* Arguments and resources of any program that calls itself a Mesos agent. */
#include <stdlib.h>
#include <string.h>

#include "lib/mesos.h"
#include "lib/xmalloc.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    CLEAN(free_str) char *strings = xmalloc(len + 1);
    struct portset ports = {0};

    if (len)
        memcpy(strings, data, len);
    strings[len] = '\0';
    const char *said = mesos_resources(strings, len, strings, len);
    if (said && (said < strings || said > strings + len))
        abort();
    mesos_is_agent(strings);
    mesos_ports(said ? said : strings, &ports);
    if (!portset_size(&ports))
        abort();
    return 0;
}
