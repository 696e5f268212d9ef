/* Any template ends, within its limits, with a text or with an error. */
#include <stdlib.h>
#include <string.h>

#include "lb-template/tmpl/data.h"
#include "lb-template/tmpl/tmpl.h"
#include "lib/clean.h"
#include "tests/fuzz/fuzz.h"

static const char document[] =
    "{\"services\": {\"web\": [{\"Node\": \"n\", \"Address\": \"10.0.0.1\", \"Port\": 80,"
    " \"Tags\": [\"a\", \"b\"], \"ServiceMeta\": {\"k\": \"v\"}}, {\"Port\": 81}]},"
    " \"nodes\": [{\"Node\": \"n\"}], \"datacenters\": [\"dc1\"], \"env\": {\"HOME\": \"/\"},"
    " \"keys\": {\"a/b\": \"1\", \"a/c\": \"{\\\"x\\\": [1, 2]}\", \"d\": \"2\"}, \"files\": "
    "{\"f\": \"x\"}}";

static struct tmpl_data *make_data(void)
{
    CLEAN(json) json_t *j = json_parse(document, sizeof document - 1, NULL);

    return tmpl_data_new(j, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct tmpl_limits limits = {
        .output = 100000, .memory = 4000000, .steps = 100000, .calls = 50};
    struct err *err = NULL;
    struct tmpl_result result = {0};
    struct tmpl *t = tmpl_parse("t", (const char *)data, len, NULL, NULL, NULL);

    if (!t)
        return 0;
    struct tmpl_data *values = make_data();
    const struct tmpl_source source = {tmpl_data_get, values};
    const struct tmpl_run run = {.source = &source, .limits = &limits, .now = 1700000000};
    int failed = tmpl_execute(t, &run, &result, &err);
    if (!failed == !!err || result.text.len > limits.output || result.steps > limits.steps)
        abort();
    tmpl_result_done(&result);
    tmpl_data_free(values);
    tmpl_free(t);
    err_free(err);
    return 0;
}
