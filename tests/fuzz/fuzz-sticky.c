/* The file of remembered ports: what was read is written and read again as it was. */
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "portmap/sticky.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char *text = xstrndup((const char *)data, len);
    struct sticky s = {0}, again = {0};
    struct sbuf first = SBUF_INIT, second = SBUF_INIT;

    sticky_read(&s, text);
    sticky_write(&s, &first);
    sticky_read(&again, sbuf_str(&first));
    sticky_write(&again, &second);
    if (strcmp(sbuf_str(&first), sbuf_str(&second)))
        abort();
    for (size_t i = 0; i < s.n; i++)
        if (sticky_find(&s, s.v[i].name, s.v[i].protocol, s.v[i].container_port) !=
            s.v[i].host_port)
            abort();
    sticky_done(&s);
    sticky_done(&again);
    sbuf_done(&first);
    sbuf_done(&second);
    free(text);
    return 0;
}
