/* A node's name in ZooKeeper: what is a URL reads the same when it is written again. */
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "registrator/dubbo_url.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    CLEAN(free_str) char *name = xstrndup((const char *)data, len);
    CLEAN(sbuf) struct sbuf once = SBUF_INIT, twice = SBUF_INIT;
    struct dubbo_url u = {0}, again = {0};

    if (dubbo_url_parse(name, &u, NULL))
        return 0;
    dubbo_url_add_name(&once, &u);
    if (!dubbo_url_parse(sbuf_str(&once), &again, NULL)) {
        dubbo_url_add_name(&twice, &again);
        if (strcmp(sbuf_str(&once), sbuf_str(&twice)))
            abort();
    }
    dubbo_url_done(&u);
    dubbo_url_done(&again);
    return 0;
}
