/* docker inspect documents, up to the endpoints that come of them, and tags of a template. */
#include "agent/derive.h"
#include "agent/tags.h"
#include "lib/json.h"
#include "tests/fuzz/fuzz.h"

static const char template[] =
    "{{.ID}},{{strSlice .Name 1}},{{.NetworkSettings.IPAddress}},{{sIndex -1 .Config.Env}},"
    "{{range matchAllElements \"=\" .Config.Env}}{{splitIndex 1 \"=\" .}},{{end}}"
    "{{range $k, $v := .Config.Labels}}{{jsonParse $v $k}},{{replace 2 \"a\" \"bc\" $v}},{{end}}";

static void render(struct container *c, json_t *doc)
{
    CLEAN(tmpl) struct tmpl *t = tags_parse(template, NULL);

    tags_render(t, doc, &c->tags, NULL);
}

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
        render(c, doc);
        inventory_touch(&inv, c->id)->container = c;
        endpoints_from_inventory(&inv, &rules, 0., 300., &endpoints, &problems);
    }
    endpoints_done(&endpoints);
    problems_done(&problems);
    inventory_done(&inv);
    return 0;
}
