/* Foreign bytes: what tells which services may have changed. The first byte chooses the answer: the
 * journals, which are read twice and have no news then; the checks in a state; the services' names.
 */
#include <stdlib.h>
#include <string.h>

#include "registrator/consul_json.h"
#include "registrator/consul_news.h"
#include "registrator/consul_unwell.h"
#include "tests/fuzz/fuzz.h"

static void read_journals(const char *text, size_t len)
{
    struct consul_news news = {0};
    struct strv names = {0};
    bool gap = false;

    if (!consul_news_read(&news, text, len, &names, &gap, NULL)) {
        strv_done(&names);
        consul_news_read(&news, text, len, &names, &gap, NULL);
    }
    strv_done(&names);
    consul_news_done(&news);
}

static void on_change(void *arg, const char *service, const char *node)
{
    size_t *length = arg;

    *length += strlen(service) + strlen(node);
}

static void read_checks(const char *text, size_t len)
{
    struct strv checks = {0};
    const struct strv none = {0};
    size_t length = 0;

    if (!consul_unwell_parse(text, len, &checks, NULL))
        consul_unwell_diff(&none, &checks, on_change, &length);
    strv_done(&checks);
}

static void read_names(const char *text, size_t len)
{
    struct strv names = {0};

    consul_json_names(text, len, &names, NULL);
    for (size_t i = 1; i < names.n; i++)
        if (strcmp(names.v[i - 1], names.v[i]) >= 0)
            abort();
    strv_done(&names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static void (*const readers[])(const char *text, size_t len) = {read_journals, read_checks,
                                                                    read_names};

    if (len)
        readers[data[0] % ARRAY_LEN(readers)]((const char *)data + 1, len - 1);
    return 0;
}
