/* Printing as Go's fmt does, and Go's own functions. */
#include "lib/clean.h"
#include "tests/tap.h"
#include "tests/unit/tmpl-run.h"

static const char document[] =
    "{\"dot\": {\"list\": [1, \"a\", null, true, 1.5], \"map\": {\"b\": [1], \"a\": {\"c\": 2}},"
    " \"none\": null, \"ints\": [1, 2, 3], \"words\": [\"x\", \"y\"]},"
    " \"services\": {\"web\": [{\"Port\": 80, \"ServiceMeta\": {\"k\": \"v\"}}]}}";

static const struct tmpl_case values[] = {
    {"{{.list}}", "[1 a <nil> true 1.5]"},
    {"{{.map}}", "map[a:map[c:2] b:[1]]"},
    {"{{0.1}} {{100000.0}} {{1000000.0}} {{123456789.0}} {{0.0001}} {{0.00001}}",
     "0.1 100000 1e+06 1.23456789e+08 0.0001 1e-05"},
    {"{{1e100}} {{1.7976931348623157e308}} {{5e-324}} {{-0.0}}",
     "1e+100 1.7976931348623157e+308 5e-324 -0"},
    {"{{3.14159265358979}} {{0.30000000000000004}}", "3.14159265358979 0.30000000000000004"},
    {"{{parseFloat \"NaN\"}} {{parseFloat \"Inf\"}} {{parseFloat \"-Inf\"}}", "NaN +Inf -Inf"},
    {"{{print 1 2}} {{print \"a\" \"b\"}} {{print 1 \"a\" 2}} {{print}}", "1 2 ab 1a2 "},
    {"{{print nil nil}} {{print true false 1.5}}", "<nil> <nil> true false 1.5"},
    {"{{println 1 \"a\" 2}}", "1 a 2\n"},
    {"{{println}}", "\n"},
    {"{{range service \"web\"}}{{.ServiceMeta}}{{.Tags}}{{end}}", "map[k:v][]"},
    {"{{sprig_list}} {{sprig_dict}}", "[] map[]"},
    {"{{byPort (service \"web\") | sprig_keys}}", "[80]"},
};

static const struct tmpl_case formats[] = {
    {"{{printf \"plain\"}}", "plain"},
    {"{{printf \"%v %v %v %v\" 1 \"a\" true 1.5}}", "1 a true 1.5"},
    {"{{printf \"%d|%5d|%-5d|%05d|%+d|% d\" 42 42 42 42 42 42}}", "42|   42|42   |00042|+42| 42"},
    {"{{printf \"%d %+d %05d\" -42 -42 -42}}", "-42 -42 -0042"},
    {"{{printf \"%.3d|%6.3d|%.0d|\" 5 5 0}}", "005|   005||"},
    {"{{printf \"%b %o %O %x %X %#x %#o %#b\" 5 8 8 255 255 255 8 5}}",
     "101 10 0o10 ff FF 0xff 010 0b101"},
    {"{{printf \"%x\" -255}}", "-ff"},
    {"{{printf \"%c %q %U\" 65 65 0x1F600}}", "A 'A' U+1F600"},
    {"{{printf \"%t %t %5t|%-6t|\" true false true true}}", "true false  true|true  |"},
    {"{{printf \"%f %.2f %8.3f|%-8.1f|%08.3f\" 1.5 1.255 3.14159 2.5 -3.14159}}",
     "1.500000 1.25    3.142|2.5     |-003.142"},
    {"{{printf \"%e %.2e %E\" 123456.789 123456.789 1.5}}", "1.234568e+05 1.23e+05 1.500000E+00"},
    {"{{printf \"%g %.3g %G\" 1e21 1234.5678 1e-7}}", "1e+21 1.23e+03 1E-07"},
    {"{{printf \"%+.1f % .1f %6.2f%%\" 1.0 1.0 99.5}}", "+1.0  1.0  99.50%"},
    {"{{printf \"%s|%5s|%-5s|%.2s|%5.1s\" \"abc\" \"abc\" \"abc\" \"abc\" \"abc\"}}",
     "abc|  abc|abc  |ab|    a"},
    {"{{printf \"%5s|%-5s|\" \"\xc3\xa9\" \"\xc3\xa9\"}}", "    \xc3\xa9|\xc3\xa9    |"},
    {"{{printf \"%q %q %+q %#q\" \"a\\\"b\" \"\\n\" \"\xc3\xa9\" \"raw\"}}",
     "\"a\\\"b\" \"\\n\" \"\\u00e9\" `raw`"},
    {"{{printf \"%x %X % x %#x\" \"hi\" \"hi\" \"hi\" \"hi\"}}", "6869 6869 68 69 0x6869"},
    {"{{printf \"%v %d %s\" .ints .ints .words}}", "[1 2 3] [1 2 3] [x y]"},
    {"{{printf \"%q\" .words}}", "[\"x\" \"y\"]"},
    {"{{printf \"%v\" .map}}", "map[a:map[c:2] b:[1]]"},
    {"{{printf \"%v\" nil}}", "<nil>"},
    {"{{printf \"%v\" .none}}", "<nil>"},
    {"{{printf \"%#v %#v %#v %#v\" \"a\" 1 1.5 nil}}", "\"a\" 1 1.5 <nil>"},
    {"{{printf \"%#v\" .words}}", "[]interface {}{\"x\", \"y\"}"},
    {"{{printf \"%#v\" .map}}",
     "map[string]interface {}{\"a\":map[string]interface {}{\"c\":2}, \"b\":[]interface {}{1}}"},
    {"{{printf \"%T %T %T %T %T\" 1 \"a\" 1.5 true nil}}", "int string float64 bool <nil>"},
    {"{{printf \"%T %T\" .words .map}}", "[]interface {} map[string]interface {}"},
    {"{{printf \"%T\" (split \",\" \"a\")}}", "[]string"},
    {"{{range service \"web\"}}{{printf \"%+v\" .ServiceMeta}}{{printf \"%T\" .}}{{end}}",
     "map[k:v]*dependency.HealthService"},
    {"{{printf \"%*d|%-*d|%.*f\" 5 42 5 42 1 3.14}}", "   42|42   |3.1"},
    {"{{printf \"%d%%\" 50}}", "50%"},
    /* what does not fit is shown, not refused */
    {"{{printf \"%d\" \"hi\"}}", "%!d(string=hi)"},
    {"{{printf \"%s\" 5}}", "%!s(int=5)"},
    {"{{printf \"%d\" 1.5}}", "%!d(float64=1.5)"},
    {"{{printf \"%d\" true}}", "%!d(bool=true)"},
    {"{{printf \"%d\" nil}}", "%!d(<nil>)"},
    {"{{printf \"%z\" 5}}", "%!z(int=5)"},
    {"{{printf \"%d\"}}", "%!d(MISSING)"},
    {"{{printf \"%d %d\" 1}}", "1 %!d(MISSING)"},
    {"{{printf \"%d\" 1 2}}", "1%!(EXTRA int=2)"},
    {"{{printf \"x\" \"a\" 2 nil}}", "x%!(EXTRA string=a, int=2, <nil>)"},
    {"{{printf \"%\"}}", "%!(NOVERB)"},
    {"{{printf \"%*d\" \"x\" 1}}", "%!(BADWIDTH)1"},
    {"{{printf \"%.*f\" \"x\" 1.5}}", "%!(BADPREC)1.500000"},
    {"{{printf \"%d\" .words}}", "[%!d(string=x) %!d(string=y)]"},
};

static const struct tmpl_case builtins[] = {
    {"{{len \"abc\"}} {{len .ints}} {{len .map}} {{len \"\xc3\xa9\"}}", "3 3 2 2"},
    {"{{index .ints 0}} {{index .map \"a\" \"c\"}} {{index .map \"none\"}} {{index \"abc\" 1}}",
     "1 2 <no value> 98"},
    {"{{index .map \"b\" 0}} {{index .ints}}", "1 [1 2 3]"},
    {"{{range service \"web\"}}<{{index .ServiceMeta \"k\"}}{{index .ServiceMeta \"x\"}}>"
     "{{.ServiceMeta.x}}{{end}}",
     "<v><no value>"},
    {"{{slice .ints 1}} {{slice .ints 0 2}} {{slice .ints 1 1}} {{slice \"abcd\" 1 3}} {{slice "
     ".ints 0 1 2}}",
     "[2 3] [1 2] [] bc [1]"},
    {"{{html \"<a href='x'>\\\"&\"}}", "&lt;a href=&#39;x&#39;&gt;&#34;&amp;"},
    {"{{html 1 \"<\" 2}}", "1&lt;2"},
    {"{{js \"it's \\\"<b>\\\" a=1&2\\n\"}}",
     "it\\'s \\\"\\u003Cb\\u003E\\\" a\\u003D1\\u00262\\u000A"},
    {"{{urlquery \"a b&c=d/\xc3\xa9~-_.\"}}", "a+b%26c%3Dd%2F%C3%A9~-_."},
    {"{{not true}} {{not 0}} {{not \"\"}} {{not .none}}", "false true true true"},
    {"{{eq 1 1}} {{eq 1 2}} {{eq 1 2 3 1}} {{eq \"a\" \"a\"}} {{eq 1.5 1.5}} {{eq true true}}",
     "true false true true true true"},
    {"{{eq nil nil}} {{eq .none nil}} {{eq 1 nil}} {{eq .none .missing}}", "true true false true"},
    {"{{ne 1 2}} {{ne \"a\" \"a\"}} {{ne 1 nil}}", "true false true"},
    {"{{lt 1 2}} {{lt 2 1}} {{lt \"a\" \"b\"}} {{lt 1.5 2.5}} {{lt 1 1}}",
     "true false true true false"},
    {"{{le 1 1}} {{le 2 1}} {{gt 2 1}} {{gt 1 1}} {{ge 1 1}} {{ge 1 2}}",
     "true false true false true false"},
    {"{{gt \"b\" \"a\"}} {{ge \"a\" \"b\"}}", "true false"},
};

int main(void)
{
    tmpl_run_cases(document, values, ARRAY_LEN(values));
    tmpl_run_cases(document, formats, ARRAY_LEN(formats));
    tmpl_run_cases(document, builtins, ARRAY_LEN(builtins));
    return tap_done();
}
