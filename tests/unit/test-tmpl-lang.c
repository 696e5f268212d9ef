/* The constructs of the language: actions, blanks, blocks, variables, templates. */
#include "lib/clean.h"
#include "tests/tap.h"
#include "tests/unit/tmpl-run.h"

static const char document[] =
    "{\"dot\": {\"name\": \"web\", \"n\": 3, \"zero\": 0, \"list\": [\"a\", \"b\", \"c\"],"
    " \"none\": null, \"empty\": [], \"map\": {\"z\": 1, \"a\": 2, \"m\": 3},"
    " \"deep\": {\"a\": {\"b\": {\"c\": \"found\"}}}, \"t\": true, \"f\": false,"
    " \"pi\": 3.14, \"s\": \"\", \"users\": [{\"name\": \"x\"}, {\"name\": \"y\"}]}}";

static const struct tmpl_case cases[] = {
    /* text and delimiters */
    {"", ""},
    {"plain text\n", "plain text\n"},
    {"a } b { c }} d", "a } b { c }} d"},
    {"{{\"x\"}}", "x"},
    {"{{ \"x\" }}", "x"},
    {"{{\n\"x\"\n}}", "x"},
    {"{{`a\\n\"b\"`}}", "a\\n\"b\""},
    {"{{`two\nlines`}}", "two\nlines"},
    {"{{\"\\t\\x41\\u00e9\\101\\\"\"}}", "\tA\xc3\xa9"
                                         "A\""},
    {"{{\"}}\"}}", "}}"},
    /* comments and trim markers */
    {"a{{/* comment */}}b", "ab"},
    {"a {{- /* comment */ -}} b", "ab"},
    {"a{{/* with }} inside */}}b", "ab"},
    {"a\n {{- 1 -}} \n b", "a1b"},
    {"a  {{- 1}}  b", "a1  b"},
    {"a  {{1 -}}  b", "a  1b"},
    {"{{1 -}}  {{- 2}}", "12"},
    {"{{-1}}", "-1"},
    {"a {{-1}}", "a -1"},
    {"x{{\"a\" -}}\t\r\n y", "xay"},
    {"{{- if true -}} yes {{- end -}}", "yes"},
    /* constants */
    {"{{1}} {{-1}} {{+1}} {{0x1F}} {{0b101}} {{0o17}} {{017}} {{1_000}}", "1 -1 1 31 5 15 15 1000"},
    {"{{1.5}} {{1e3}} {{.5}} {{1e6}} {{1e21}} {{0x1p4}}", "1.5 1000 0.5 1e+06 1e+21 16"},
    {"{{'a'}} {{'\\n'}} {{'\\''}} {{'\xc3\xa9'}}", "97 10 39 233"},
    {"{{true}} {{false}}", "true false"},
    {"{{print nil}}", "<nil>"},
    {"{{9223372036854775807}} {{-9223372036854775808}}",
     "9223372036854775807 -9223372036854775808"},
    /* fields */
    {"{{.name}}", "web"},
    {"{{.deep.a.b.c}}", "found"},
    {"{{(.deep).a.b.c}}", "found"},
    {"{{.missing}}", "<no value>"},
    {"{{.missing.more}}", "<no value>"},
    {"{{.none}}", "<no value>"},
    {"{{$.name}}", "web"},
    {"{{print .missing}}", "<nil>"},
    {"{{.map}}", "map[a:2 m:3 z:1]"},
    {"{{.list}}", "[a b c]"},
    {"{{.users}}", "[map[name:x] map[name:y]]"},
    {"{{(index .users 1).name}}", "y"},
    {"{{with .deep.a}}{{.b.c}}{{end}}", "found"},
    /* if */
    {"{{if .t}}yes{{end}}", "yes"},
    {"{{if .f}}yes{{end}}", ""},
    {"{{if .f}}yes{{else}}no{{end}}", "no"},
    {"{{if .f}}a{{else if .t}}b{{else}}c{{end}}", "b"},
    {"{{if .f}}a{{else if .zero}}b{{else}}c{{end}}", "c"},
    {"{{if .f}}a{{else if .f}}b{{else if .f}}c{{else}}d{{end}}", "d"},
    {"{{if 0}}t{{else}}f{{end}}{{if 1}}t{{else}}f{{end}}{{if \"\"}}t{{else}}f{{end}}", "ftf"},
    {"{{if .empty}}t{{else}}f{{end}}{{if .list}}t{{else}}f{{end}}", "ft"},
    {"{{if .none}}t{{else}}f{{end}}{{if .missing}}t{{else}}f{{end}}", "ff"},
    {"{{if 0.0}}t{{else}}f{{end}}{{if 0.1}}t{{else}}f{{end}}", "ft"},
    {"{{if $x := .name}}{{$x}}{{end}}", "web"},
    {"{{if $x := .zero}}{{else}}{{$x}}{{end}}", "0"},
    {"{{if and .t .name}}both{{end}}", "both"},
    {"{{if not .f}}n{{end}}", "n"},
    /* with */
    {"{{with .name}}<{{.}}>{{end}}", "<web>"},
    {"{{with .missing}}<{{.}}>{{else}}none{{end}}", "none"},
    {"{{with .f}}a{{else with .name}}{{.}}{{else}}c{{end}}", "web"},
    {"{{with .f}}a{{else with .s}}b{{else}}{{.name}}{{end}}", "web"},
    {"{{with $x := .n}}{{$x}}{{.}}{{end}}", "33"},
    {"{{with .deep}}{{$.name}}{{end}}", "web"},
    /* range */
    {"{{range .list}}<{{.}}>{{end}}", "<a><b><c>"},
    {"{{range $i, $e := .list}}{{$i}}{{$e}} {{end}}", "0a 1b 2c "},
    {"{{range $e := .list}}{{$e}}{{end}}", "abc"},
    {"{{range $k, $v := .map}}{{$k}}={{$v}};{{end}}", "a=2;m=3;z=1;"},
    {"{{range .map}}{{.}}{{end}}", "231"},
    {"{{range .empty}}x{{else}}none{{end}}", "none"},
    {"{{range .missing}}x{{else}}none{{end}}", "none"},
    {"{{range 3}}{{.}}{{end}}", "012"},
    {"{{range $i := 3}}{{$i}}{{end}}", "012"},
    {"{{range 0}}x{{else}}none{{end}}", "none"},
    {"{{range -1}}x{{else}}none{{end}}", "none"},
    {"{{range .n}}{{.}}{{end}}", "012"},
    {"{{range .list}}{{if eq . \"b\"}}{{break}}{{end}}{{.}}{{end}}", "a"},
    {"{{range .list}}{{if eq . \"b\"}}{{continue}}{{end}}{{.}}{{end}}", "ac"},
    {"{{range .list}}{{range 2}}{{if .}}{{break}}{{end}}{{.}}{{end}};{{end}}", "0;0;0;"},
    {"{{range .list}}{{with .}}{{break}}{{end}}{{else}}none{{end}}", ""},
    {"{{range $i, $e := .list}}{{if $i}}, {{end}}{{$e}}{{end}}", "a, b, c"},
    {"{{range .users}}{{.name}}{{end}}", "xy"},
    {"{{range .list}}{{$.n}}{{end}}", "333"},
    {"{{$i := 0}}{{$e := \"\"}}{{range $i, $e = .list}}{{end}}{{$i}}{{$e}}", "2c"},
    {"{{range $i, $_ := .list}}{{$i}}{{end}}", "012"},
    /* variables */
    {"{{$x := 1}}{{$x}}", "1"},
    {"{{$x := 1}}{{$x = 2}}{{$x}}", "2"},
    {"{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}", "2"},
    {"{{$x := 1}}{{if true}}{{$x := 2}}{{$x}}{{end}}{{$x}}", "21"},
    {"{{$x := 1}}{{$x := add $x 1}}{{$x}}", "2"},
    {"{{$x := 1}}{{range 3}}{{$x = add $x 1}}{{end}}{{$x}}", "4"},
    {"{{range 2}}{{$y := .}}{{$y}}{{end}}", "01"},
    {"{{$m := .deep}}{{$m.a.b.c}}", "found"},
    {"{{$x := .list | len}}{{$x}}", "3"},
    {"{{$a := 1}}{{$b := 2}}{{$a}}{{$b}}", "12"},
    {"{{$}}",
     "map[deep:map[a:map[b:map[c:found]]] empty:[] f:false list:[a b c] map:map[a:2 m:3 z:1] "
     "n:3 name:web none:<nil> pi:3.14 s: t:true users:[map[name:x] map[name:y]] zero:0]"},
    /* pipelines and parentheses */
    {"{{.name | printf \"%s-%s\" \"a\"}}", "a-web"},
    {"{{.list | len | printf \"%d\"}}", "3"},
    {"{{printf \"%d\" (len .list)}}", "3"},
    {"{{(1)}}{{((2))}}", "12"},
    {"{{len (slice .list 1)}}", "2"},
    {"{{\"a\" | print}}", "a"},
    {"{{(printf \"%s\" .name) | len}}", "3"},
    {"{{if (eq .n 3)}}three{{end}}", "three"},
    {"{{ .name|len }}", "3"},
    /* and, or: the operand that decides, and no further */
    {"{{and 1 2}} {{and 0 2}} {{or 1 2}} {{or 0 2}} {{or 0 \"\"}}", "2 0 1 2 "},
    {"{{and false (index .list 99)}}", "false"},
    {"{{or true (index .list 99)}}", "true"},
    {"{{0 | or 1}} {{5 | and 1}}", "1 5"},
    {"{{and true true true}}", "true"},
    /* templates */
    {"{{define \"a\"}}[{{.}}]{{end}}{{template \"a\" .name}}", "[web]"},
    {"{{template \"a\" 1}}{{define \"a\"}}[{{.}}]{{end}}", "[1]"},
    {"{{define \"a\"}}[{{.}}]{{end}}{{template \"a\"}}", "[<no value>]"},
    {"{{block \"b\" .name}}({{.}}){{end}}", "(web)"},
    {"{{block \"b\" 1}}x{{block \"c\" 2}}{{.}}{{end}}y{{end}}", "x2y"},
    {"{{define \"r\"}}{{.}}{{if lt . 3}}{{template \"r\" (add . 1)}}{{end}}{{end}}{{template \"r\" "
     "0}}",
     "0123"},
    {"{{$x := 1}}{{define \"a\"}}{{$x := 2}}{{$x}}{{end}}{{template \"a\"}}{{$x}}", "21"},
    {"{{define \"a\"}}{{end}}{{define \"a\"}}new{{end}}{{template \"a\"}}", "new"},
    {"{{define `raw`}}r{{end}}{{template `raw`}}", "r"},
    {"{{define \"a\"}}{{$.n}}{{end}}{{template \"a\" .}}", "3"},
    {"{{define \"a\"}}<{{.}}>{{end}}{{executeTemplate \"a\" 5 | toUpper}}", "<5>"},
    {"{{define \"a\"}}<{{.}}>{{end}}{{range .list}}{{template \"a\" .}}{{end}}", "<a><b><c>"},
};

static void test_delimiters(void)
{
    static const char text[] = "a {{x}} <% \"b\" -%>  c <<1>>";
    struct err *err = NULL;
    struct tmpl *t = tmpl_parse("t", text, sizeof text - 1, "<%", "%>", &err);
    struct tmpl_result result = {0};

    ok(t && !tmpl_execute(t, &(struct tmpl_run){0}, &result, &err), "own delimiters");
    is_str(sbuf_str(&result.text), "a {{x}} bc <<1>>", "the usual ones are text then");
    tmpl_result_done(&result);
    tmpl_free(t);
    ok(!tmpl_parse("t", "", 0, "", "}}", &err), "an empty delimiter is refused");
    err_free(err);
}

int main(void)
{
    tmpl_run_cases(document, cases, ARRAY_LEN(cases));
    test_delimiters();
    return tap_done();
}
