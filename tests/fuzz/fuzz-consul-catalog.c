/* Foreign bytes: the catalog's answer about one service. What comes of it is sorted, without
 * doubles, every instance can be dialled, and all of it is the same once it is packed. */
#include <stdlib.h>

#include "registrator/catalog.h"
#include "registrator/consul_json.h"
#include "tests/fuzz/fuzz.h"

/* Takes 'l' over. */
static void check_packed(struct instances *l)
{
    struct catalog c = {0};
    struct instances before = {0};

    instances_copy(&before, l);
    catalog_set(&c, "web", l);
    if (c.n ? !instances_equal(&before, &c.v[0]->instances) : before.n)
        abort();
    instances_done(&before);
    catalog_done(&c);
}

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
    check_packed(&l);
    return 0;
}
