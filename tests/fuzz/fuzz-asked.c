/* Any values for what a container may ask of its host port. */
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "portmap/asked.h"
#include "tests/fuzz/fuzz.h"

/* The input: the port's value, a line break, the address's value. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    CLEAN(free_str) char *port = xstrndup((const char *)data, len);
    char *addr = strchr(port, '\n');
    struct kvs labels = {0};
    struct asked asked;

    if (addr)
        *addr++ = '\0';
    kvs_add(&labels, "berth.80.host-port", port);
    if (addr)
        kvs_add(&labels, "berth.80.host-ip", addr);
    asked_read(&labels, NULL, 80, &asked);
    if (asked.refusal ? strlen(asked.refusal) > 256 : *port && !asked.port)
        abort();
    free(asked.refusal);
    kvs_done(&labels);
    return 0;
}
