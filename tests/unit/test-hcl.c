/* HCL and JSON files as values, and where in them something is wrong. */
#include <string.h>

#include "lib/hcl.h"
#include "lib/json.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static const struct {
    const char *text, *wanted; /* as sorted JSON */
} good[] = {
    {"", "{}"},
    {" # comment\n// another\n/* and\n one */", "{}"},
    {"a = \"x\"\nb = 1 c=true, d = false", "{\"a\":\"x\",\"b\":1,\"c\":true,\"d\":false}"},
    {"a = -12 b = 0x1f c = 0644 d = 1.5 e = -2e3",
     "{\"a\":-12,\"b\":31,\"c\":420,\"d\":1.5,\"e\":-2000.0}"},
    {"a = 1 a = 2", "{\"a\":2}"},
    {"x-y.z_1 = 1", "{\"x-y.z_1\":1}"},
    {"\"quoted key\" = 1", "{\"quoted key\":1}"},
    {"a = [1, \"two\", [true],]", "{\"a\":[1,\"two\",[true]]}"},
    {"a = []", "{\"a\":[]}"},
    {"b { x = 1 }\nb { x = 2 }", "{\"b\":[{\"x\":1},{\"x\":2}]}"},
    {"b = { x = 1, y = 2 }", "{\"b\":[{\"x\":1,\"y\":2}]}"},
    {"b = [{ x = 1 }, { x = 2 }]\nb { x = 3 }", "{\"b\":[{\"x\":1},{\"x\":2},{\"x\":3}]}"},
    {"b { x = 1 } b = [{ x = 2 }]", "{\"b\":[{\"x\":1},{\"x\":2}]}"},
    {"b \"l\" { x = 1 }", "{\"b\":[{\"l\":[{\"x\":1}]}]}"},
    {"b \"l\" m { }", "{\"b\":[{\"l\":[{\"m\":[{}]}]}]}"},
    {"b { c { d = 1 } }", "{\"b\":[{\"c\":[{\"d\":1}]}]}"},
    {"a = \"\\\"\\\\\\n\\t\\x41\\u00e9\\U0001f600\\ud83d\\ude00\"",
     "{\"a\":\"\\\"\\\\\\n\\tA\xc3\xa9\xf0\x9f\x98\x80\xf0\x9f\x98\x80\"}"},
    {"a = \"{{ key \\\"x\\\" }}\"", "{\"a\":\"{{ key \\\"x\\\" }}\"}"},
    {"a = \"x ${f(\"y\")} z\"", "{\"a\":\"x ${f(\\\"y\\\")} z\"}"},
    {"a = <<EOF\none\n  two\nEOF\nb = 1", "{\"a\":\"one\\n  two\\n\",\"b\":1}"},
    {"a = <<EOF\nEOF", "{\"a\":\"\"}"},
    {"a = <<-EOT\n    one\n      two\n    EOT\n", "{\"a\":\"one\\n  two\\n\"}"},
    {"a = <<-EOT\n  one\n      two\n    EOT\n", "{\"a\":\"  one\\n      two\\n\"}"},
    {"a = <<EOF\r\nx\r\nEOF\r\n", "{\"a\":\"x\\r\\n\"}"},
    {"a = <<EOF\nEOFX\n EOF", "{\"a\":\"EOFX\\n\"}"},
    {"{\"a\": 1, \"b\": {\"c\": [\"d\"]}, \"e\": null}",
     "{\"a\":1,\"b\":[{\"c\":[\"d\"]}],\"e\":null}"},
    {"{\"t\": [{\"a\": 1}, {\"a\": 2}]}\n", "{\"t\":[{\"a\":1},{\"a\":2}]}"},
    {"{}", "{}"},
};

static const struct {
    const char *text, *wanted;
} bad[] = {
    {"a", "f:1:2: expected = or { behind \"a\"\n    a\n     ^"},
    {"a = ",
     "f:1:5: expected a value: a string, a number, true, false, [ or {\n    a = \n        ^"},
    {"a = 1\n  b = yes\n", "f:2:7: expected a value: a string, a number, true, false, [ or {\n     "
                           " b = yes\n          ^"},
    {"a = \"x", "f:1:5: the string has no end on its line\n    a = \"x\n        ^"},
    {"a = \"x\ny\"", "f:1:5: the string has no end on its line\n    a = \"x\n        ^"},
    {"a = \"\\q\"", "f:1:6: there is no escape \\q\n    a = \"\\q\"\n         ^"},
    {"a = \"\\u12\"",
     "f:1:6: the escape has too few hexadecimal digits\n    a = \"\\u12\"\n         ^"},
    {"a = \"\\u0000\"",
     "f:1:6: the escape stands for no character\n    a = \"\\u0000\"\n         ^"},
    {"a = \"\\ud800\"",
     "f:1:6: the escape stands for no character\n    a = \"\\ud800\"\n         ^"},
    {"a = \"\\ud800\\u0041\"",
     "f:1:6: half a character of two \\u\n    a = \"\\ud800\\u0041\"\n         ^"},
    {"b {\n x = 1\n", "f:1:3: the brace is not closed\n    b {\n      ^"},
    {"b { = }", "f:1:5: expected a name or }\n    b { = }\n        ^"},
    {"}", "f:1:1: expected a name or the end of the file\n    }\n    ^"},
    {"{} x", "f:1:4: expected a name or the end of the file\n    {} x\n       ^"},
    {"a = [1 2]", "f:1:8: expected , or ] in a list\n    a = [1 2]\n           ^"},
    {"a = 12x", "f:1:5: 12x is no number\n    a = 12x\n        ^"},
    {"a = 99999999999999999999",
     "f:1:5: 99999999999999999999 is no number\n    a = 99999999999999999999\n        ^"},
    {"/* x", "f:1:1: the comment has no end\n    /* x\n    ^"},
    {"a = <<EOF\nx\n",
     "f:1:5: there is no line with EOF alone, which ends the text\n    a = <<EOF\n        ^"},
    {"a = << x",
     "f:1:5: expected <<MARKER or <<-MARKER and the end of the line\n    a = << x\n        ^"},
    {"b \"l\" = 1", "f:1:7: expected = or { behind \"l\"\n    b \"l\" = 1\n          ^"},
};

static struct hcl *parse(const char *text, struct err **err)
{
    return hcl_parse("f", text, strlen(text), err);
}

static void check_good(void)
{
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        CLEAN(err) struct err *err = NULL;
        CLEAN(hcl) struct hcl *h = parse(good[i].text, &err);
        CLEAN(free_str)
        char *got = h ? json_dumps(hcl_root(h), JSON_COMPACT | JSON_SORT_KEYS) : NULL;

        is_str(got ? got : err_msg(err), good[i].wanted, "good %zu", i);
    }
}

static void check_bad(void)
{
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        CLEAN(err) struct err *err = NULL;
        CLEAN(hcl) struct hcl *h = parse(bad[i].text, &err);

        ok(!h, "bad %zu is refused", i);
        is_str(err_msg(err), bad[i].wanted, "bad %zu", i);
    }
}

static void check_places(void)
{
    CLEAN(hcl) struct hcl *h = parse("a = 1\nb {\n  c = 1\n\n  a = 2\n}\n", NULL);
    CLEAN(err) struct err *outer = NULL, *inner = NULL;
    const json_t *b = json_array_get(json_object_get(hcl_root(h), "b"), 0);

    is_int(hcl_refuse(h, hcl_root(h), "a", &outer, "what %d", 1), -1, "it fails");
    is_str(err_msg(outer), "f:1:1: what 1\n    a = 1\n    ^", "the outer member");
    hcl_refuse(h, b, "a", &inner, "what");
    is_str(err_msg(inner), "f:5:3: what\n      a = 2\n      ^", "the inner one of the same name");
}

static void check_repeated(const char *open, size_t n, const char *wanted, const char *name)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    CLEAN(err) struct err *err = NULL;

    for (size_t i = 0; i < n; i++)
        sbuf_adds(&text, open);
    CLEAN(hcl) struct hcl *h = parse(sbuf_str(&text), &err);
    ok(!h && strstr(err_msg(err), wanted), "%s", name);
}

static void check_limits(void)
{
    CLEAN(err) struct err *err = NULL;

    check_repeated("a{", 100000, "more than 32 levels", "blocks inside each other");
    check_repeated("a ", 100000, "more than 32 levels", "labels without end");
    check_repeated("a=1 ", 100001, "more than 100000 values", "many values");
    CLEAN(hcl) struct hcl *h = hcl_parse("f", "a = \"\0\"", 8, &err);
    is_str(err_msg(err), "f: it has a NUL byte, which no text has", "a NUL byte");
}

int main(void)
{
    check_good();
    check_bad();
    check_places();
    check_limits();
    return tap_done();
}
