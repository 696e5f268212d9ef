/* Dubbo's labels: the first byte chooses the word. What is taken makes URLs that can be read. */
#include <stdlib.h>

#include "lib/xmalloc.h"
#include "registrator/dubbo_node.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const char *const words[] = {"",         "methods",     "weight",
                                        "protocol", "application", "params"};
    struct dubbo_place place = {"192.0.2.1", 28001, 1., DUBBO_MARK_NODE, "n", 0};
    struct dubbo_said said = {0};
    size_t word = len ? data[0] % ARRAY_LEN(words) : 0;
    CLEAN(free_str) char *value = xstrndup((const char *)data + (len > 0), len ? len - 1 : 0);

    dubbo_said_set(&said, "", "com.acme.A", NULL);
    bool good = !dubbo_said_set(&said, words[word], value, NULL);
    for (size_t i = 0; good && i < said.n; i++) {
        struct dubbo_url url = {0}, again = {0};
        CLEAN(sbuf) struct sbuf name = SBUF_INIT;

        dubbo_place_url(&place, &said, &said.v[i], &url);
        dubbo_url_add_name(&name, &url);
        if (dubbo_url_parse(sbuf_str(&name), &again, NULL))
            abort();
        dubbo_url_done(&url);
        dubbo_url_done(&again);
    }
    dubbo_said_done(&said);
    return 0;
}
