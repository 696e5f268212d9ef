/* A key file for DNS. */
#include <stdlib.h>

#include "lb-template/dns_key.h"
#include "lib/xmalloc.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dns_key key = {0};
    char *text = xstrndup((const char *)data, size);

    dns_key_parse(text, &key, NULL);
    dns_key_done(&key);
    free(text);
    return 0;
}
