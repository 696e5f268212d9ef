/* lib/json.h: foreign JSON never crashes the reader. */
#include "lib/json.h"

#include <string.h>

#include "tests/tap.h"

static json_t *parse(const char *text)
{
    return json_parse(text, strlen(text), NULL);
}

static void test_reading(void)
{
    CLEAN(json) json_t *j = parse("{\"s\":\"x\",\"n\":1,\"o\":{},\"a\":[],\"z\":\"a\\u0001\"}");

    is_str(json_str(j, "s"), "x", "a string");
    is_str(json_str(j, "n"), NULL, "a number is no string");
    is_str(json_str(j, "nothing"), NULL, "nor is what is missing");
    is_str(json_str(NULL, "s"), NULL, "nothing has no members");
    ok(json_obj(j, "o") && !json_obj(j, "a") && !json_obj(j, "s"), "objects");
    ok(json_arr(j, "a") && !json_arr(j, "o") && !json_arr(NULL, "a"), "arrays");
}

static void test_refusals(void)
{
    static const char *const texts[] = {
        "", "{", "[1,]", "{\"a\":1,\"a\":2}", "\"\xff\"", "{\"a\":\"\\u0000\"}"};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        CLEAN(err) struct err *err = NULL;
        CLEAN(json) json_t *j = json_parse(texts[i], strlen(texts[i]), &err);

        ok(!j && !strncmp(err_msg(err), "invalid JSON at line ", 21), "refused: %s", texts[i]);
    }
}

static void test_writing(void)
{
    CLEAN(json) json_t *j = json_object();

    json_set_str(j, "plain", "x");
    json_set_str(j, "none", NULL);
    json_set_str(j, "latin1", "caf\xe9");
    is_str(json_str(j, "plain"), "x", "a string is set");
    ok(json_is_null(json_object_get(j, "none")), "NULL is null");
    is_str(json_str(j, "latin1"), "caf?", "a byte that is no UTF-8 is replaced");
}

int main(void)
{
    test_reading();
    test_refusals();
    test_writing();
    return tap_done();
}
