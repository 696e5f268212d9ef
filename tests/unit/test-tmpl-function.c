/* consul-template's functions that need no data. */
#include "lib/clean.h"
#include "tests/tap.h"
#include "tests/unit/tmpl-run.h"

static const char document[] = "{\"dot\": {\"list\": [\"a\", \"b\", \"c\"], \"none\": null,"
                               " \"html\": \"<a&b>\", \"n\": 5}}";

static const struct tmpl_case text[] = {
    {"{{join \",\" .list}} {{.list | join \"\"}} {{join \"-\" (sprig_list)}}", "a,b,c abc "},
    {"{{split \",\" \"a,b,c\"}} {{split \",\" \"\"}} {{len (split \",\" \"  \")}}", "[a b c] [] 0"},
    {"{{range \"a b\" | split \" \"}}<{{.}}>{{end}}", "<a><b>"},
    {"{{split \",\" \" a,b \"}}", "[a b]"},
    {"{{split \"\" \"abc\"}}", "[a b c]"},
    {"{{splitToMap \",\" \":\" \"a:1,b:2\"}}", "map[a:1 b:2]"},
    {"{{splitToMap \",\" \"=\" \"a=1=2,b\"}}{{splitToMap \",\" \":\" \"\"}}", "map[a:1=2 b:]map[]"},
    {"<{{trimSpace \" \\ta b\\n\"}}> <{{trim \"!\" \"!!a!b!!\"}}> <{{trim \"xy\" \"xyaxy\"}}>",
     "<a b> <a!b> <a>"},
    {"{{trimPrefix \"ab\" \"abc\"}} {{trimPrefix \"x\" \"abc\"}} {{trimSuffix \"bc\" \"abc\"}}",
     "c abc a"},
    {"{{toLower \"ABC\xc3\x89\"}} {{toUpper \"abc\xc3\xa9\"}} {{toTitle \"foo bar-baz\"}}",
     "abc\xc3\xa9 ABC\xc3\x89 Foo Bar-Baz"},
    {"{{replaceAll \"a\" \"xx\" \"banana\"}} {{\"a.b.c\" | replaceAll \".\" \"_\"}}",
     "bxxnxxnxx a_b_c"},
    {"{{replaceAll \"\" \"-\" \"ab\"}}", "-a-b-"},
    {"{{indent 2 \"a\\n\\nb\\n\"}}|", "  a\n\n  b\n|"},
    {"{{indent 0 \"a\"}}", "a"},
    {"{{regexMatch \"^a.c$\" \"abc\"}} {{regexMatch `\\d+` \"x\"}} {{\"foo.bar\" | regexMatch "
     "`foo[.][a-z]+`}}",
     "true false true"},
    {"{{regexMatch `(?i)ABC` \"xabcx\"}} {{regexMatch `(?P<n>a)(?:b)` \"ab\"}} {{regexMatch `a$` "
     "\"a\\n\"}}",
     "true true false"},
    {"{{regexReplaceAll `a(x*)b` \"${1}W\" \"-ab-axxb-\"}}", "-W-xxW-"},
    {"{{regexReplaceAll `a(x*)b` \"$1W\" \"-ab-axxb-\"}} {{regexReplaceAll `a` \"$$\" \"bab\"}}",
     "--- b$b"},
    {"{{regexReplaceAll `(?P<first>\\w+) (?P<second>\\w+)` \"$second ${first}\" \"hello world\"}}",
     "world hello"},
    {"{{regexReplaceAll `a*` \"x\" \"baaac\"}} {{regexReplaceAll `x*` \"-\" \"ab\"}}",
     "xbxcx -a-b-"},
    {"{{len (regexReplaceAll \"a\" \"b\" (sprig_repeat 300000 \"a\"))}}", "300000"},
    {"{{regexReplaceAll `.` \"x\" \"a\\xffb\"}} {{regexMatch `^a.b$` \"a\\xffb\"}}", "xxx true"},
    {"{{regexReplaceAll `\xc3\xa9` \"e\" \"caf\xc3\xa9\"}}", "cafe"},
    {"{{regexReplaceAll `[^a-z]` \"\" \"a1b2\"}}", "ab"},
};

static const struct tmpl_case lists[] = {
    {"{{contains \"b\" .list}} {{contains \"x\" .list}} {{.list | contains \"a\"}}",
     "true false true"},
    {"{{in .list \"b\"}} {{in \"abc\" \"b\"}} {{contains \"ell\" \"hello\"}} {{in .none 1}}",
     "true true true false"},
    {"{{in (loop 5) 3}} {{contains 7 (loop 5)}}", "true false"},
    {"{{containsAll (sprig_list \"a\" \"b\") .list}} {{containsAll (sprig_list \"a\" \"x\") "
     ".list}} "
     "{{containsAll (sprig_list) .list}}",
     "true false true"},
    {"{{containsAny (sprig_list \"a\" \"x\") .list}} {{containsAny (sprig_list \"x\") .list}} "
     "{{containsAny (sprig_list) .list}}",
     "true false false"},
    {"{{containsNone (sprig_list \"x\") .list}} {{containsNone (sprig_list \"a\") .list}} "
     "{{containsNone (sprig_list) .list}}",
     "true false true"},
    {"{{containsNotAll (sprig_list \"a\" \"x\") .list}} {{containsNotAll (sprig_list \"a\") "
     ".list}} "
     "{{containsNotAll (sprig_list) .list}}",
     "true false false"},
    {"{{range loop 3}}{{.}}{{end}} {{range loop 5 8}}{{.}}{{end}} {{len (loop 0)}} {{len (loop 5 "
     "3)}}",
     "012 567 0 0"},
    {"{{range $i := loop .n}}{{$i}}{{end}}", "01234"},
};

static const struct tmpl_case math[] = {
    {"{{add 1 2}} {{1 | add 2}} {{add 1.5 2}} {{add 0.5 0.5}}", "3 3 3.5 1"},
    {"{{subtract 2 5}} {{5 | subtract 2}} {{subtract 0.5 2}}", "3 3 1.5"},
    {"{{multiply 2 3}} {{multiply 2 1.5}}", "6 3"},
    {"{{divide 2 10}} {{10 | divide 3}} {{divide 2.0 5}} {{divide 2 -7}}", "5 3 2.5 -3"},
    {"{{modulo 3 10}} {{modulo 3 -10}} {{modulo -1 5}}", "1 -1 0"},
    {"{{minimum 1 2}} {{minimum 2 1.5}} {{maximum 1 2}} {{maximum 2 1.5}}", "1 1.5 2 2"},
};

static const struct tmpl_case parsing[] = {
    {"{{parseBool \"true\"}} {{parseBool \"0\"}} {{parseBool \"\"}} {{parseBool \"T\"}}",
     "true false false true"},
    {"{{parseInt \"42\"}} {{parseInt \"-7\"}} {{parseInt \"\"}} {{parseUint \"42\"}}",
     "42 -7 0 42"},
    {"{{parseFloat \"1.5\"}} {{parseFloat \"\"}} {{parseFloat \"1e3\"}}", "1.5 0 1000"},
    {"{{with parseJSON \"{\\\"a\\\": [1, 2.5, \\\"x\\\", null, true]}\"}}{{.a}}{{end}}",
     "[1 2.5 x <nil> true]"},
    {"{{parseJSON \"\"}} {{parseJSON \"5\"}} {{parseJSON \"\\\"s\\\"\"}} {{parseJSON \"1000000\"}}",
     "map[] 5 s 1e+06"},
    {"{{range $k, $v := parseJSON \"{\\\"b\\\":1,\\\"a\\\":2}\"}}{{$k}}{{$v}}{{end}}", "a2b1"},
    {"{{(parseYAML \"a: 1\\nb: [x, 'y', 1.5, true, ~]\").b}}", "[x y 1.5 true <nil>]"},
    {"{{parseYAML \"\"}} {{parseYAML \"- 0x1f\\n- 010\\n- yes\\n- '1'\\n- on fire\"}}",
     "map[] [31 8 true 1 on fire]"},
    {"{{parseYAML \"a: &x {k: v}\\nb: *x\\nc: {<<: *x, d: 1}\"}}",
     "map[a:map[k:v] b:map[k:v] c:map[d:1 k:v]]"},
    {"{{parseYAML \"1: a\\n2: b\"}} {{parseYAML \"|\\n two\\n lines\\n\"}}",
     "map[1:a 2:b] two\nlines\n"},
};

static const struct tmpl_case encoding[] = {
    {"{{toJSON .list}} {{toJSON .none}} {{toJSON \"a\\\"b\\n\"}} {{toJSON 1.0}}",
     "[\"a\",\"b\",\"c\"] null \"a\\\"b\\n\" 1"},
    {"{{toJSON .html}} {{toUnescapedJSON .html}}", "\"\\u003ca\\u0026b\\u003e\" \"<a&b>\""},
    {"{{toJSON 1e21}} {{toJSON 1e20}} {{toJSON 0.0000001}} {{toJSON 1.5}}",
     "1e+21 100000000000000000000 1e-7 1.5"},
    {"{{sprig_dict \"b\" 1 \"a\" (sprig_list) \"c\" (sprig_dict) | toJSON}}",
     "{\"a\":[],\"b\":1,\"c\":{}}"},
    {"{{sprig_dict \"b\" 1 \"a\" (sprig_list 1 2) | toJSONPretty}}",
     "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": 1\n}"},
    {"{{sprig_dict \"a\" \"<\" | toUnescapedJSONPretty}} {{toJSONPretty (sprig_list)}}",
     "{\n  \"a\": \"<\"\n} []"},
    {"{{toYAML (sprig_dict \"b\" (sprig_list 1 \"x\" true nil) \"a\" \"1\" \"c\" 1.5)}}",
     "a: \"1\"\nb:\n- 1\n- x\n- true\n- null\nc: 1.5"},
    {"{{toYAML .list}} {{toYAML \"true\"}} {{toYAML (sprig_dict)}} {{toYAML (sprig_list)}}",
     "- a\n- b\n- c \"true\" {} []"},
    {"{{toYAML (sprig_dict \"a\" (sprig_dict \"b\" \"x: y\") \"t\" \"l1\\nl2\\n\")}}",
     "a:\n  b: 'x: y'\nt: |\n  l1\n  l2"},
    {"{{toTOML (sprig_dict \"b\" 1 \"a\" \"x\\\"y\" \"c\" 1.0 \"d\" (sprig_list 1 2))}}",
     "a = \"x\\\"y\"\nb = 1\nc = 1.0\nd = [1, 2]"},
    {"{{toTOML (sprig_dict \"t\" (sprig_dict \"k\" 1 \"u\" (sprig_dict \"v\" true)) \"x y\" 2)}}",
     "\"x y\" = 2\n\n[t]\n  k = 1\n\n  [t.u]\n    v = true"},
    {"{{toTOML (sprig_dict \"l\" (sprig_list (sprig_dict \"a\" 1) (sprig_dict \"a\" 2)))}}",
     "[[l]]\n  a = 1\n\n[[l]]\n  a = 2"},
    {"{{base64Encode \"hello\"}} {{base64Decode \"aGVsbG8=\"}} {{base64Encode \"\"}}",
     "aGVsbG8= hello "},
    {"{{base64Encode \"~~~\"}} {{base64URLEncode \"~~~\"}} {{base64URLDecode \"fn5-\"}}",
     "fn5+ fn5- ~~~"},
    {"{{md5sum \"hello\"}}", "5d41402abc4b2a76b9719d911017c592"},
    {"{{sha256Hex \"bladibla\"}}",
     "54cf4c66bcabb5c20e25331c01dd600b73369e97a947861bd8d3a0e0b8b3d70b"},
    {"{{hmacSHA256Hex \"somemessage\" \"somekey\"}}",
     "6116e95f2827172aa6ef8b22b883f6a77e966aefc129c6b8228ebd0aac74e98d"},
};

static const struct tmpl_case others[] = {
    {"{{timestamp}}", "2023-11-14T22:13:20Z"},
    {"{{timestamp \"unix\"}}", "1700000000"},
    {"{{timestamp \"2006-01-02 15:04:05.000 -0700 MST\"}}", "2023-11-14 22:13:20.250 +0000 UTC"},
    {"{{timestamp \"Mon Jan _2 3:04:05 PM 06\"}} {{timestamp \"Monday, January 2 002\"}}",
     "Tue Nov 14 10:13:20 PM 23 Tuesday, November 14 318"},
    {"{{timestamp \"05.999\"}}", "20.25"},
    {"{{scratch.Set \"a\" 1}}{{scratch.Get \"a\"}}", "1"},
    {"{{scratch.Key \"a\"}}{{scratch.Set \"a\" 1}}{{scratch.Key \"a\"}}", "falsetrue"},
    {"{{scratch.SetX \"a\" 1}}{{scratch.SetX \"a\" 2}}{{scratch.Get \"a\"}}{{scratch.Get \"b\"}}",
     "1<no value>"},
    {"{{scratch.MapSet \"m\" \"b\" 1}}{{scratch.MapSet \"m\" \"a\" 2}}{{scratch.MapValues \"m\"}}",
     "[2 1]"},
    {"{{scratch.MapSetX \"m\" \"b\" 1}}{{scratch.MapSetX \"m\" \"b\" 2}}{{scratch.Get \"m\"}}",
     "map[b:1]"},
    {"{{scratch.Set \"n\" 0}}{{range loop 3}}{{scratch.Set \"n\" (add 2 (scratch.Get "
     "\"n\"))}}{{end}}"
     "{{scratch.Get \"n\"}}",
     "6"},
    {"{{$s := scratch}}{{$s.Set \"a\" 1}}{{$s.Get \"a\"}}{{1 | scratch.Set \"b\"}}{{scratch.Get "
     "\"b\"}}",
     "11"},
    {"{{explodeMap (parseJSON \"{\\\"a/b\\\": 1, \\\"a/c\\\": 2, \\\"d\\\": 3}\")}}",
     "map[a:map[b:1 c:2] d:3]"},
    {"{{mergeMap (sprig_dict \"a\" 1 \"b\" (sprig_dict \"x\" 1)) "
     "(sprig_dict \"a\" 2 \"b\" (sprig_dict \"x\" 2 \"y\" 3) \"c\" 4)}}",
     "map[a:1 b:map[x:1 y:3] c:4]"},
    {"{{mergeMapWithOverride (sprig_dict \"a\" 1 \"b\" 2) (sprig_dict \"a\" 3)}}", "map[a:3 b:2]"},
};

static const struct tmpl_case sprig[] = {
    {"{{sprig_default 5 0}} {{sprig_default 5 7}} {{.none | sprig_default \"x\"}} {{sprig_default "
     "1}}",
     "5 7 x 1"},
    {"{{sprig_empty \"\"}} {{sprig_empty 1}} {{sprig_coalesce 0 \"\" 3 4}} {{sprig_coalesce 0}}",
     "true false 3 <no value>"},
    {"{{sprig_all 1 true}} {{sprig_all 1 0}} {{sprig_any 0 1}} {{sprig_any}}",
     "true false true false"},
    {"{{sprig_ternary \"y\" \"n\" true}} {{false | sprig_ternary \"y\" \"n\"}}", "y n"},
    {"{{$d := sprig_dict \"a\" 1 \"b\" 2 \"c\"}}{{$d}} {{sprig_get $d \"b\"}} <{{sprig_get $d "
     "\"x\"}}>",
     "map[a:1 b:2 c:] 2 <>"},
    {"{{$d := sprig_dict \"a\" 1}}{{$_ := sprig_set $d \"z\" 2}}{{$d}}{{sprig_hasKey $d \"z\"}}",
     "map[a:1 z:2]true"},
    {"{{$d := sprig_dict \"b\" 1 \"a\" 2}}{{sprig_keys $d}} {{sprig_values $d}} {{sprig_pick $d "
     "\"a\"}} "
     "{{sprig_omit $d \"a\"}}",
     "[a b] [2 1] map[a:2] map[b:1]"},
    {"{{$d := sprig_dict}}{{range loop 30}}{{$_ := sprig_set $d (printf \"k%02d\" .) .}}{{end}}"
     "{{len $d}} {{sprig_get $d \"k17\"}} {{index (sprig_keys $d) 29}}",
     "30 17 k29"},
    {"{{$l := sprig_list 3 1 2}}{{sprig_first $l}}{{sprig_last $l}}{{sprig_rest "
     "$l}}{{sprig_initial $l}}",
     "32[1 2][3 1]"},
    {"{{sprig_append (sprig_list 1) 2}} {{sprig_prepend (sprig_list 1) 0}} "
     "{{sprig_concat (sprig_list 1) (sprig_list 2 3)}} {{sprig_reverse (sprig_list 1 2 3)}}",
     "[1 2] [0 1] [1 2 3] [3 2 1]"},
    {"{{sprig_uniq (sprig_list \"a\" \"b\" \"a\" 1 1)}} {{sprig_without (sprig_list 1 2 3) 2}} "
     "{{sprig_compact (sprig_list 0 1 \"\" \"a\")}}",
     "[a b 1] [1 3] [1 a]"},
    {"{{sprig_has 2 (sprig_list 1 2)}} {{sprig_slice (sprig_list 1 2 3) 1}} {{sprig_slice "
     "(sprig_list 1 2 3) 0 1}}",
     "true [2 3] [1]"},
    {"{{sprig_sortAlpha (sprig_list \"c\" \"a\" \"b\")}} {{sprig_join \"-\" (sprig_list 1 \"a\" "
     "2)}} "
     "{{sprig_toStrings (sprig_list 1 true)}}",
     "[a b c] 1-a-2 [1 true]"},
    {"{{sprig_until 3}} {{sprig_untilStep 3 9 3}} {{sprig_untilStep 3 0 -1}}",
     "[0 1 2] [3 6] [3 2 1]"},
    {"{{sprig_trim \" a \"}} {{sprig_trimAll \"$\" \"$5$\"}} {{sprig_trimPrefix \"-\" \"-a\"}} "
     "{{sprig_trimSuffix \"-\" \"a-\"}}",
     "a 5 a a"},
    {"{{sprig_upper \"a\"}}{{sprig_lower \"B\"}} {{sprig_title \"foo bar\"}} {{sprig_repeat 3 "
     "\"ab\"}}",
     "Ab Foo Bar ababab"},
    {"{{sprig_substr 1 3 \"abcd\"}} {{sprig_trunc 2 \"abcd\"}} {{sprig_trunc -2 \"abcd\"}} "
     "{{sprig_nospace \"a b c\"}}",
     "bc ab cd abc"},
    {"{{sprig_contains \"b\" \"abc\"}} {{sprig_hasPrefix \"a\" \"abc\"}} {{sprig_hasSuffix \"c\" "
     "\"abc\"}}",
     "true true true"},
    {"{{sprig_quote \"a\" 1}} {{sprig_squote \"a\"}} {{sprig_cat \"a\" 1 true}}",
     "\"a\" \"1\" 'a' a 1 true"},
    {"{{sprig_indent 2 \"a\\nb\"}}|{{sprig_nindent 1 \"a\"}}", "  a\n  b|\n a"},
    {"{{sprig_replace \"a\" \"b\" \"aca\"}} {{sprig_splitList \",\" \"a,b\"}} {{sprig_plural "
     "\"one\" \"many\" 2}}",
     "bcb [a b] many"},
    {"{{sprig_add 1 2 3}} {{sprig_sub 5 2}} {{sprig_mul 2 3}} {{sprig_div 7 2}} {{sprig_mod 7 2}} "
     "{{sprig_add1 4}}",
     "6 3 6 3 1 5"},
    {"{{sprig_max 1 5 3}} {{sprig_min 4 2}} {{sprig_floor 1.7}} {{sprig_ceil 1.2}} {{sprig_round "
     "3.14159 2}}",
     "5 2 1 2 3.14"},
    {"{{sprig_int \"42\"}} {{sprig_int 3.9}} {{sprig_float64 \"1.5\"}} {{sprig_atoi \"x\"}} "
     "{{sprig_int64 true}}",
     "42 3 1.5 0 1"},
    {"{{sprig_kindOf 1}} {{sprig_kindOf \"\"}} {{sprig_kindOf (sprig_list)}} {{sprig_typeOf 1.5}} "
     "{{sprig_toString 5}}",
     "int string slice float64 5"},
    {"{{sprig_b64enc \"a\"}} {{sprig_b64dec \"YQ==\"}} {{sprig_sha1sum \"a\"}}",
     "YQ== a 86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"},
    {"{{sprig_toJson (sprig_list 1)}} {{(sprig_fromJson \"{\\\"a\\\":1}\").a}}", "[1] 1"},
    {"{{sprig_regexMatch \"a+\" \"caat\"}} {{sprig_regexFind \"a+\" \"caat\"}} "
     "{{sprig_regexReplaceAll \"a\" \"bab\" \"x\"}}",
     "true aa bxb"},
};

int main(void)
{
    tmpl_run_cases(document, text, ARRAY_LEN(text));
    tmpl_run_cases(document, lists, ARRAY_LEN(lists));
    tmpl_run_cases(document, math, ARRAY_LEN(math));
    tmpl_run_cases(document, parsing, ARRAY_LEN(parsing));
    tmpl_run_cases(document, encoding, ARRAY_LEN(encoding));
    tmpl_run_cases(document, others, ARRAY_LEN(others));
    tmpl_run_cases(document, sprig, ARRAY_LEN(sprig));
    return tap_done();
}
