/* docker inspect documents, up to the endpoints that come of them. */
#include "agent/derive.h"
#include "lib/json.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    CLEAN(json) json_t *doc = json_parse((const char *)data, len, NULL);
    struct container *c = doc ? container_from_json(doc, NULL) : NULL;
    const struct reach_setting network = {(char[]){"web"}, (char[]){"direct"}};
    const struct reach_rules rules = {.networks = &network, .n_networks = 1};
    struct inventory inv = {0};
    struct problems problems = {0};
    struct endpoints endpoints = {0};

    if (c) {
        inventory_touch(&inv, c->id)->container = c;
        endpoints_from_inventory(&inv, &rules, 0., 300., &endpoints, &problems);
    }
    endpoints_done(&endpoints);
    problems_done(&problems);
    inventory_done(&inv);
    return 0;
}
