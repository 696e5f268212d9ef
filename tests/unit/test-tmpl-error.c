/* What is wrong with a template is said with the place, and never a crash or a hang. */
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"
#include "tests/unit/tmpl-run.h"

static const char document[] =
    "{\"dot\": {\"name\": \"web\", \"n\": 3, \"list\": [\"a\"], \"none\": null, \"map\": {}}}";

static const struct tmpl_case syntax[] = {
    {"{{", "template: t:1:1: unclosed action"},
    {"a\nb{{.x", "template: t:2:2: unclosed action\n    b{{.x\n     ^"},
    {"{{.x}", "bad character U+007D '}'"},
    {"{{\"abc}}", "template: t:1:3: unterminated quoted string"},
    {"{{\"a\nb\"}}", "unterminated quoted string"},
    {"{{`abc}}", "unterminated raw quoted string"},
    {"{{'a}}", "unterminated character constant"},
    {"{{'ab'}}", "malformed character constant"},
    {"{{\"\\q\"}}", "invalid escape"},
    {"{{/* x", "unclosed comment"},
    {"{{/* x */ y}}", "comment ends before closing delimiter"},
    {"{{(1}}", "unclosed left paren"},
    {"{{1)}}", "unexpected right paren"},
    {"{{()}}", "missing value for parenthesized pipeline"},
    {"{{}}", "missing value for command"},
    {"{{ }}", "missing value for command"},
    {"{{if}}{{end}}", "missing value for if"},
    {"{{range}}{{end}}", "missing value for range"},
    {"{{if .x}}", "unexpected EOF"},
    {"{{if .x}}{{else}}", "unexpected EOF"},
    {"{{end}}", "template: t:1:1: unexpected {{end}}"},
    {"{{else}}", "unexpected {{else}}"},
    {"{{if .x}}{{else}}{{else}}{{end}}", "expected end; found {{else}}"},
    {"{{if .x}}{{else with .y}}{{end}}", "unexpected <with> in else"},
    {"{{range .x}}{{end}}{{end}}", "template: t:1:20: unexpected {{end}}"},
    {"{{break}}", "{{break}} outside {{range}}"},
    {"{{if true}}{{continue}}{{end}}", "{{continue}} outside {{range}}"},
    {"{{range .x}}{{else}}{{break}}{{end}}", "{{break}} outside {{range}}"},
    {"{{nofunc}}", "template: t:1:3: function \"nofunc\" not defined"},
    {"{{print (nofunc 1)}}", "function \"nofunc\" not defined"},
    {"{{$x}}", "undefined variable \"$x\""},
    {"{{$x = 1}}", "undefined variable \"$x\""},
    {"{{if true}}{{$x := 1}}{{end}}{{$x}}", "undefined variable \"$x\""},
    {"{{if true}}{{$x := 1}}{{else}}{{$x}}{{end}}", "undefined variable \"$x\""},
    {"{{range $x := .}}{{end}}{{$x}}", "undefined variable \"$x\""},
    {"{{$x := 1}}{{define \"a\"}}{{$x}}{{end}}", "undefined variable \"$x\""},
    {"{{$a, $b := 1}}", "too many declarations in command"},
    {"{{range $a, $b, $c := .}}{{end}}", "too many declarations in range"},
    {"{{1 | 2}}", "non executable command in pipeline stage 2"},
    {"{{.x | .}}", "non executable command in pipeline stage 2"},
    {"{{print | }}", "missing value for command"},
    {"{{|print}}", "unexpected \"|\" in command"},
    {"{{print,1}}", "unexpected \",\" in operand"},
    {"{{1.2.3}}", "bad number syntax"},
    {"{{1a}}", "bad number syntax"},
    {"{{0x}}", "bad number syntax"},
    {"{{09}}", "bad number syntax"},
    {"{{9223372036854775808}}", "integer overflow"},
    {"{{1e999}}", "number is too large"},
    {"{{1.foo}}", "bad number syntax"},
    {"{{\"a\".b}}", "unexpected . after term"},
    {"{{nil.x}}", "unexpected . after term"},
    {"{{.x!}}", "bad character U+0021 '!'"},
    {"{{&}}", "bad character U+0026 '&'"},
    {"{{:}}", "expected :="},
    {"{{define}}{{end}}", "unexpected \"}}\" in define clause"},
    {"{{define \"a\"}}", "unexpected EOF"},
    {"{{define \"a\"}}x{{end}}{{define \"a\"}}y{{end}}", "multiple definition of template \"a\""},
    {"{{if true}}{{define \"a\"}}{{end}}{{end}}", "unexpected <define> in command"},
    {"{{template}}", "in template clause"},
    {"{{template foo}}", "unexpected \"foo\" in template clause"},
    {"{{end 1}}", "unexpected {{end}}"},
    {"{{secret \"a\"}}", "function \"secret\" not defined: berth does not talk to Vault"},
    {"{{nomadService \"a\"}}", "berth does not talk to Nomad"},
    {"{{partitions}}", "Consul Enterprise"},
    {"{{plugin \"x\"}}", "runs no programs"},
    {"{{call .x}}", "is a function"},
};

static const struct tmpl_case execution[] = {
    {"{{template \"none\"}}", "template \"none\" not defined"},
    {"{{index .list 5}}", "template: t:1:3: executing \"t\" at <index .list 5>: error calling "
                          "index: index out of range: 5"},
    {"a\n  {{.name.x}}", "template: t:2:5: executing \"t\" at <.name.x>: "
                         "can't evaluate field x in type string\n      {{.name.x}}\n        ^"},
    {"{{define \"in\"}}{{.x.y}}{{end}}{{template \"in\" 5}}", "executing \"in\" at <.x.y>"},
    {"{{.none.x}}", "nil pointer evaluating interface {}.x"},
    {"{{.n.x}}", "can't evaluate field x in type int"},
    {"{{nil}}", "nil is not a command"},
    {"{{.name 1}}", "can't give argument to non-function .name"},
    {"{{$x := .}}{{$x.name 1}}", "name has arguments but cannot be invoked as function"},
    {"{{1 2}}", "can't give argument to non-function 1"},
    {"{{1 | .name}}", "can't give argument to non-function .name"},
    {"{{range .name}}{{end}}", "range can't iterate over web"},
    {"{{range true}}{{end}}", "range can't iterate over true"},
    {"{{range 1.5}}{{end}}", "range can't iterate over 1.5"},
    {"{{len 3}}", "len of type int"},
    {"{{len nil}}", "len of untyped nil"},
    {"{{len}}", "wrong number of args for len: want 1 got 0"},
    {"{{len 1 2}}", "wrong number of args for len: want 1 got 2"},
    {"{{join 1 .list}}", "argument 1: wrong type for value; expected string; got int"},
    {"{{join \",\" .missing}}", "argument 2: invalid value; expected a list"},
    {"{{toUpper nil}}", "invalid value; expected string"},
    {"{{index nil 1}}", "index of untyped nil"},
    {"{{index .list -1}}", "index out of range: -1"},
    {"{{index .list \"a\"}}", "cannot index slice/array with type string"},
    {"{{index .map 1}}", "value has type int; should be string"},
    {"{{index 5 1}}", "can't index item of type int"},
    {"{{slice .list 2}}", "index out of range: 2"},
    {"{{slice \"abc\" 2 1}}", "invalid slice index: 2 > 1"},
    {"{{slice \"abc\" 0 1 2}}", "cannot 3-index slice a string"},
    {"{{slice 5}}", "can't slice item of type int"},
    {"{{eq 1}}", "missing argument for comparison"},
    {"{{eq 1 1.0}}", "incompatible types for comparison"},
    {"{{eq 1 \"1\"}}", "incompatible types for comparison"},
    {"{{eq .list .list}}", "non-comparable type"},
    {"{{lt true false}}", "invalid type for comparison"},
    {"{{lt 1 \"a\"}}", "incompatible types for comparison"},
    {"{{lt 1 nil}}", "invalid type for comparison"},
    {"{{and}}", "wrong number of args for and"},
    {"{{divide 0 1}}", "division by zero"},
    {"{{modulo 0 1}}", "division by zero"},
    {"{{divide 0.0 1}}", "division by zero"},
    {"{{add 9223372036854775807 1}}", "does not fit into 64 bits"},
    {"{{multiply 9223372036854775807 2}}", "does not fit into 64 bits"},
    {"{{divide -1 -9223372036854775808}}", "does not fit into 64 bits"},
    {"{{sprig_div 1 0}}", "division by zero"},
    {"{{parseInt \"x\"}}", "invalid syntax"},
    {"{{parseInt \"99999999999999999999\"}}", "value out of range"},
    {"{{parseUint \"-1\"}}", "invalid syntax"},
    {"{{parseFloat \"1.2.3\"}}", "invalid syntax"},
    {"{{parseBool \"maybe\"}}", "invalid syntax"},
    {"{{parseJSON \"{\"}}", "error calling parseJSON: line 1"},
    {"{{parseYAML \"a: [\"}}", "error calling parseYAML: yaml: line"},
    {"{{parseYAML \"*x\"}}", "yaml: unknown anchor 'x'"},
    {"{{base64Decode \"!!\"}}", "illegal base64 data"},
    {"{{base64Decode \"YQ\"}}", "illegal base64 data"},
    {"{{indent -1 \"a\"}}", "indent value must be"},
    {"{{regexMatch \"(\" \"a\"}}", "error parsing regexp"},
    {"{{regexMatch \"(?=a)\" \"a\"}}", "look-around"},
    {"{{regexMatch \"(?<!a)b\" \"a\"}}", "look-around"},
    {"{{regexMatch `(a)\\1` \"aa\"}}", "back reference"},
    {"{{regexMatch `a++` \"aa\"}}", "possessive"},
    {"{{regexMatch `(?>a)` \"aa\"}}", "RE2 does not have"},
    {"{{regexMatch `(?R)` \"aa\"}}", "RE2 does not have"},
    {"{{regexMatch `(*UTF)a` \"aa\"}}", "a verb"},
    {"{{explode (sprig_list 1)}}", "a member has no Key"},
    {"{{byTag (sprig_list 1)}}", "a member has no Tags"},
    {"{{join \",\" (sprig_list 1)}}", "member 0 is no string but int"},
    {"{{mustEnv \"NONE\"}}", "cannot find environment variable: NONE"},
    {"{{scratch.Set 1 2}}", "argument 1: expected string; got int"},
    {"{{scratch.Set \"a\"}}", "wrong number of args for Set: want 2 got 1"},
    {"{{scratch.Nothing \"a\"}}", "can't evaluate field Nothing in type *template.Scratch"},
    {"{{scratch.Set \"a\" 1}}{{scratch.MapSet \"a\" \"b\" 2}}", "\"a\" is not a map"},
    {"{{sockaddr \"GetAllInterfaces\"}}", "it takes GetPrivateIP"},
    {"{{writeToFile \"/x\" \"\" \"\" \"9\" \"t\"}}", "no mode in octal digits"},
    {"{{in 5 1}}", "it looks into lists and strings, not into int"},
    {"{{service \"a b\"}}", "service: invalid format: \"a b\""},
    {"{{toJSON scratch}}", "unsupported type"},
    {"{{toTOML 1}}", "the outermost value is a map"},
    {"{{executeTemplate \"none\"}}", "template \"none\" not defined"},
};

/* Each of these would run, grow or nest without end. */
static const struct tmpl_case endless[] = {
    {"{{define \"r\"}}{{template \"r\"}}{{end}}{{template \"r\"}}", "call each other more than"},
    {"{{define \"r\"}}{{executeTemplate \"r\"}}{{end}}{{template \"r\"}}", "more than"},
    {"{{range 1000000000}}{{range 1000000000}}{{end}}{{end}}", "takes too long"},
    {"{{loop 9000000000000000000}}", "takes too long"},
    {"{{sprig_until 9000000000000000000}}", "more than"},
    {"{{range 1000}}{{sprig_repeat 1000000 \"0123456789\"}}{{end}}", "more than"},
    {"{{$s := \"x\"}}{{range 60}}{{$s = print $s $s}}{{end}}", "too much memory"},
    {"{{$l := sprig_list 1}}{{range 60}}{{$l = sprig_list $l $l}}{{end}}{{$l}}", "more than"},
    {"{{$l := sprig_list 1}}{{range 200}}{{$l = sprig_list $l}}{{end}}{{$l}}",
     "lists and maps inside each other"},
    {"{{$l := sprig_list 1}}{{range 200}}{{$l = sprig_list $l}}{{end}}{{toJSON $l}}", "levels"},
    {"{{$d := sprig_dict}}{{$_ := sprig_set $d \"d\" $d}}{{$d}}", "inside each other"},
    {"{{$d := sprig_dict}}{{$_ := sprig_set $d \"d\" $d}}{{toJSON $d}}", "levels"},
    {"{{$d := sprig_dict}}{{$_ := sprig_set $d \"d\" $d}}{{toYAML $d}}", "yaml"},
    {"{{$d := sprig_dict}}{{$_ := sprig_set $d \"d\" $d}}{{toTOML $d}}", "levels"},
    {"{{$d := sprig_dict}}{{$_ := sprig_set $d \"d\" $d}}{{printf \"%#v\" $d}}",
     "inside each other"},
    {"{{$a := sprig_dict}}{{$_ := sprig_set $a \"d\" $a}}{{$b := sprig_dict}}"
     "{{$_ := sprig_set $b \"d\" $b}}{{sprig_has $a (sprig_list $b)}}",
     "inside each other"},
    {"{{$a := sprig_dict}}{{$_ := sprig_set $a \"d\" $a}}{{mergeMap $a $a}}", "inside each other"},
    {"{{regexMatch `(a*)*(a*)*[bc]$` (sprig_repeat 5000 \"a\")}}", "takes too long"},
    {"{{$s := sprig_repeat 1000000 \"0123456789012345678901234567890123456789\"}}"
     "{{range 100000}}{{if eq $s $s}}{{end}}{{end}}",
     "takes too long"},
    {"{{regexMatch `a[^x]*x[yz]` (print (sprig_repeat 200000 \"a\") \"x\")}}", "takes too long"},
    {"{{regexMatch `^(a|a|aa)+$` (print (sprig_repeat 5000 \"a\") \"b\")}}", "too long"},
};

static char *repeat(const char *s, size_t n, const char *middle, const char *end)
{
    struct sbuf b = SBUF_INIT;

    for (size_t i = 0; i < n; i++)
        sbuf_adds(&b, s);
    sbuf_adds(&b, middle);
    for (size_t i = 0; i < n; i++)
        sbuf_adds(&b, end);
    return sbuf_take(&b);
}

static void test_nesting(const char *open, const char *middle, const char *close)
{
    CLEAN(free_str) char *few = repeat(open, 40, middle, close);
    CLEAN(free_str) char *many = repeat(open, 100000, middle, close);
    CLEAN(free_str) char *good = tmpl_run_one(NULL, few, NULL, NULL);
    CLEAN(free_str) char *bad = tmpl_run_one(NULL, many, NULL, NULL);

    ok(strncmp(good, "error", 5), "40 %s inside each other are taken", open);
    ok(strstr(bad, "inside each other"), "100,000 are not");
}

static void test_parens(void)
{
    CLEAN(free_str) char *many = repeat("(", 100000, "1", ")");
    CLEAN(free_str) char *text = xasprintf("{{%s}}", many);
    CLEAN(free_str) char *got = tmpl_run_one(NULL, text, NULL, NULL);

    ok(strstr(got, "inside each other"), "100,000 parentheses are not taken");
}

/* Blocks inside templates inside templates: the C stack holds what the limits let through. */
static void test_deep_calls(const char *call)
{
    CLEAN(free_str) char *body = repeat("{{with 1}}{{if 1}}", 40, call, "{{end}}{{end}}");
    CLEAN(free_str) char *text = xasprintf("{{define \"r\"}}%s{{end}}{{template \"r\"}}", body);
    CLEAN(free_str) char *got = tmpl_run_one(NULL, text, NULL, NULL);

    ok(strstr(got, "blocks and calls inside each other"), "%s in 80 blocks ends", call);
}

static void test_missing_key(void)
{
    const struct tmpl_run strict = {.error_on_missing_key = true};
    CLEAN(free_str) char *got = tmpl_run_one(document, "{{.nothing}}", &strict, NULL);

    ok(strstr(got, "map has no entry for key \"nothing\""), "a missing key can be an error");
}

static void test_limits(void)
{
    const struct tmpl_limits small = {.output = 10, .memory = 10000, .steps = 100, .calls = 5};
    const struct tmpl_run run = {.limits = &small};
    CLEAN(free_str) char *output = tmpl_run_one(NULL, "0123456789 {{1}}", &run, NULL);
    CLEAN(free_str) char *steps = tmpl_run_one(NULL, "{{range 100}}{{end}}", &run, NULL);
    CLEAN(free_str)
    char *memory =
        tmpl_run_one(NULL,
                     "{{$x := sprig_repeat 90 \"xxxxxxxxxxxxxxxx\"}}{{$y := print $x $x $x $x "
                     "$x $x $x $x}}{{len $y}}",
                     &run, NULL);

    ok(strstr(output, "the output is too long: more than 10 bytes"), "the output has a limit");
    CLEAN(free_str) char *last = tmpl_run_one(NULL, "01234567890", &run, NULL);

    ok(strstr(last, "the output is too long"), "also for the last piece");
    ok(strstr(steps, "takes too long: more than 100 steps"), "so has the work");
    ok(strstr(memory, "more than"), "and the memory");
}

int main(void)
{
    tmpl_run_errors(document, syntax, ARRAY_LEN(syntax));
    tmpl_run_errors(document, execution, ARRAY_LEN(execution));
    tmpl_run_errors(document, endless, ARRAY_LEN(endless));
    test_nesting("{{if 1}}", "x", "{{end}}");
    test_nesting("{{with 1}}", "x", "{{end}}");
    test_parens();
    test_deep_calls("{{template \"r\"}}");
    test_deep_calls("{{((((((((((executeTemplate \"r\"))))))))))}}");
    test_missing_key();
    test_limits();
    return tap_done();
}
