/* Any text is a configuration: it parses, and its mark changes nothing. */
#include <stdlib.h>

#include "lb-template/cfg.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    CLEAN(free_str) char *text = xstrndup((const char *)data, len);
    CLEAN(sbuf) struct sbuf marked = SBUF_INIT;
    struct haproxy_cfg a = {0}, b = {0};

    haproxy_cfg_parse(text, &a);
    sbuf_adds(&marked, text);
    sbuf_addch(&marked, '\n');
    haproxy_cfg_add_mark(a.structure, &marked);
    haproxy_cfg_parse(sbuf_str(&marked), &b);
    haproxy_cfg_options_differ(&a, &b); /* names that are there twice may differ from themselves */
    if (a.structure != b.structure)
        abort();
    haproxy_cfg_done(&a);
    haproxy_cfg_done(&b);
    return 0;
}
