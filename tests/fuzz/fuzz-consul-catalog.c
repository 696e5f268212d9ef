/* Foreign bytes: the catalog's answer about one service. What comes of it is sorted, without
 * doubles, and every instance can be dialled. */
#include <stdlib.h>

#include "registrator/consul_json.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct instances l = {0};

    consul_json_health((const char *)data, len, "web", &l, NULL);
    for (size_t i = 0; i < l.n; i++) {
        if (!*l.v[i].id || !l.v[i].node || !*l.v[i].address)
            abort();
        if (i && instance_cmp(&l.v[i - 1], &l.v[i]) >= 0)
            abort();
    }
    instances_done(&l);
    return 0;
}
