/* Foreign bytes: what Consul answers about the keys below a prefix. */
#include <stdlib.h>
#include <string.h>

#include "registrator/kv_entry.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct kv_entries l = {0};

    kv_entries_from_json((const char *)data, len, "s", &l, NULL);
    for (size_t i = 0; i < l.n; i++) {
        const struct kv_entry *e = &l.v[i];
        CLEAN(sbuf) struct sbuf value = SBUF_INIT;

        if (!*e->service || !*e->id || strchr(e->id, '/') || (e->port && !e->address))
            abort();
        if (i && strcmp(l.v[i - 1].id, e->id) > 0)
            abort();
        kv_add_value(&value, e->address, e->port);
        kv_entry_is_registrators(e, "h");
    }
    kv_entries_done(&l);
    return 0;
}
