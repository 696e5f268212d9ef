/* The state document as a table. */
#include "agent/status.h"

#include <string.h>

#include "lib/json.h"
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

int main(void)
{
    test_file("fixtures/state.json", "agent/status.txt");
    test_empty();
    return tap_done();
}
