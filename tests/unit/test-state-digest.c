/* Which differences of the state document count. */
#include "agent/state_digest.h"

#include "lib/json.h"
#include "tests/tap.h"

#include <string.h>

static const struct {
    const char *name, *a, *b;
    bool same;
} rows[] = {
    {"the same", "{\"a\":[1,\"x\",null,true]}", "{\"a\":[1,\"x\",null,true]}", true},
    {"an age", "{\"catalog\":{\"age\":0.5}}", "{\"catalog\":{\"age\":1.25}}", true},
    {"passes", "{\"sources\":{\"lb\":{\"passes\":1,\"errors\":0}}}",
     "{\"sources\":{\"lb\":{\"passes\":9,\"errors\":1}}}", true},
    {"an age that is not known any more", "{\"age\":0.5}", "{\"age\":null}", false},
    {"an error", "{\"error\":null}", "{\"error\":\"away\"}", false},
    {"a number", "{\"port\":28001}", "{\"port\":28002}", false},
    {"a truth", "{\"ready\":true}", "{\"ready\":false}", false},
    {"one more", "{\"v\":[1]}", "{\"v\":[1,1]}", false},
    {"an empty one more", "{\"v\":[]}", "{\"v\":[[]]}", false},
    {"another order", "{\"v\":[1,2]}", "{\"v\":[2,1]}", false},
    {"another place", "{\"v\":[\"ab\",\"c\"]}", "{\"v\":[\"a\",\"bc\"]}", false},
    {"another key", "{\"a\":1}", "{\"b\":1}", false},
    {"a number that is a text", "{\"a\":1}", "{\"a\":\"1\"}", false},
};

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEAN(json) json_t *a = json_parse(rows[i].a, strlen(rows[i].a), NULL);
        CLEAN(json) json_t *b = json_parse(rows[i].b, strlen(rows[i].b), NULL);

        ok((state_digest(a) == state_digest(b)) == rows[i].same, "%s", rows[i].name);
    }
    return tap_done();
}
