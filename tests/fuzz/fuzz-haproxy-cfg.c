/* Any text is a configuration: it parses, and its mark changes nothing. */
#include <stdlib.h>

#include "lb-template/backends.h"
#include "lb-template/cfg.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    CLEAN(free_str) char *text = xstrndup((const char *)data, len);
    CLEAN(sbuf) struct sbuf marked = SBUF_INIT;
    struct haproxy_cfg a = {0}, b = {0};
    struct backends of_a = {0}, of_b = {0};

    haproxy_cfg_parse(text, &a);
    sbuf_adds(&marked, text);
    sbuf_addch(&marked, '\n');
    haproxy_cfg_add_mark(a.structure, "/s", &marked);
    haproxy_cfg_parse(sbuf_str(&marked), &b);
    backends_add(&of_a, &a);
    backends_add(&of_b, &b);
    backends_sort(&of_a);
    backends_sort(&of_b);
    backends_options_differ(&of_a, &of_b); /* names that are there twice may differ */
    backends_done(&of_a);
    backends_done(&of_b);
    if (a.structure != b.structure)
        abort();
    haproxy_cfg_done(&a);
    haproxy_cfg_done(&b);
    return 0;
}
