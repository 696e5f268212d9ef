/* The state document as a table. */
#include "agent/status.h"

#include <string.h>

#include "lib/json.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static void test_file(const char *fixture, const char *golden)
{
    CLEAN(free_str) char *text = tests_read(fixture, NULL);
    CLEAN(json) json_t *state = json_parse(text, strlen(text), NULL);
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;

    status_print(state, &out);
    is_golden(sbuf_str(&out), golden);
}

static void test_empty(void)
{
    CLEAN(json) json_t *state = json_object();
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;

    status_print(state, &out);
    ok(strstr(sbuf_str(&out), "CONTAINER") != NULL, "an empty document gives an empty table");
}

/* The line about the catalog, or "" where there is none. */
static void catalog_line(const char *catalog, const char *wanted)
{
    CLEAN(free_str) char *text = xasprintf("{\"catalog\": %s}", catalog);
    CLEAN(json) json_t *state = json_parse(text, strlen(text), NULL);
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;

    status_print(state, &out);
    const char *line = strstr(sbuf_str(&out), "catalog ");
    CLEAN(free_str) char *got = xstrndup(line ? line : "", line ? strcspn(line, "\n") : 0);
    is_str(got, wanted, "%s", catalog);
}

static void test_catalog(void)
{
    catalog_line("null", "");
    catalog_line("{\"watch\": \"watched\", \"services\": 3, \"watched\": 3, \"age\": 0.2}",
                 "catalog 3 services, 3 of them watched, up to date");
    catalog_line("{\"watch\": \"watched\", \"services\": 0, \"watched\": 0, \"age\": null}",
                 "catalog 0 services, 0 of them watched, not read yet");
    catalog_line("{\"watch\": \"journal\", \"services\": 500, \"watched\": 48, \"age\": 61.2}",
                 "catalog 500 services, 48 of them watched, the others by journals, 61 s old: the "
                 "registry cannot be read");
}

static void test_names(void)
{
    static const char text[] =
        "{\"dns\":{\"zone\":\"example.com\",\"names\":[{\"name\":\"web.example.com\",\"records\":"
        "[\"30 IN A 192.0.2.1\",\"30 IN A 192.0.2.2\",7],\"state\":\"written\"},{}]}}";
    CLEAN(json) json_t *state = json_parse(text, strlen(text), NULL);
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;

    status_print(state, &out);
    ok(strstr(sbuf_str(&out), "NAME IN DNS") != NULL, "names in DNS have a table");
    ok(strstr(sbuf_str(&out), "web.example.com  A 192.0.2.1, A 192.0.2.2, ?  written") != NULL,
       "a name, its records, its state");
}

int main(void)
{
    test_file("fixtures/state.json", "agent/status.txt");
    test_empty();
    test_catalog();
    test_names();
    return tap_done();
}
