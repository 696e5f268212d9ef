/* Consul's answers about external nodes: the nodes, a NUL, their checks. */
#include <string.h>

#include "registrator/vmrecord.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const char *nodes = (const char *)data;
    const char *end = len ? memchr(nodes, '\0', len) : NULL;
    size_t n = end ? (size_t)(end - nodes) : len;
    struct vm_records records = {0};

    vm_records_read(nodes, n, end ? end + 1 : "[]", end ? len - n - 1 : 2, &records, NULL);
    vm_records_done(&records);
    return 0;
}
