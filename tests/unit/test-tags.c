/* Tags that are a template, as registrator's users write them. */
#include "agent/tags.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static const char document[] =
    "{\"Id\": \"0123456789abcdef\", \"Name\": \"/web-1\", \"State\": {\"Pid\": 11887},"
    " \"Config\": {\"Hostname\": \"h1\", \"Image\": \"reg:5000/shop/web:2.1\","
    "  \"Env\": [\"ENVIRONMENT=test\", \"SERVICE_8105_NAME=foo\", \"HOME=/home/foobar\","
    "   \"SERVICE_9404_NAME=bar\"],"
    "  \"Labels\": {\"team\": \"Blue\", \"com.amazonaws.ecs.task-arn\":"
    "   \"arn:aws:ecs:region:xxxxxxxxxxxx:task/368f4403\","
    "   \"info\": \"{\\\"Additional\\\": {\\\"Country\\\": \\\"US\\\", \\\"n\\\": [1, {\\\"a\\\": "
    "true}]}}\"}},"
    " \"HostConfig\": {\"NetworkMode\": \"default\", \"Dns\": [\"10.0.0.53\"]},"
    " \"NetworkSettings\": {\"Networks\": {\"bridge\": {\"IPAddress\": \"172.17.0.2\"}}}}";

/* The tags with blanks between them, or "error: ..." */
static char *render(const char *json, const char *text)
{
    CLEAN(err) struct err *err = NULL;
    CLEAN(json) json_t *doc = json_parse(json, strlen(json), NULL);
    CLEAN(tmpl) struct tmpl *t = tags_parse(text, &err);
    struct strv tags = {0};

    if (!t || tags_render(t, doc, &tags, &err))
        return xasprintf("error: %s", err_msg(err));
    char *joined = strv_join(&tags, " ");
    strv_done(&tags);
    return joined;
}

struct row {
    const char *text, *wanted;
};

static void run(const char *json, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        CLEAN(free_str) char *got = render(json, rows[i].text);

        is_str(got, rows[i].wanted, "%s", rows[i].text);
    }
}

static void test_fields(void)
{
    static const struct row rows[] = {
        {"{{.ID}},{{.Id}},{{.Name}}", "0123456789abcdef 0123456789abcdef /web-1"},
        {"a,{{.Config.Hostname}},\\,{{.State.Pid}}", "a h1 ,11887"},
        {"{{.NetworkSettings.IPAddress}},{{.NetworkSettings.Networks.bridge.IPAddress}}",
         "172.17.0.2 172.17.0.2"},
        {"{{index .HostConfig.DNS 0}},{{.HostConfig.NetworkMode}}", "10.0.0.53 default"},
        {"{{index .Config.Labels \"team\"}},{{index .Config.Labels \"none\"}}", "Blue"},
        {"{{if .Config.Labels.none}}x{{else}}y{{end}},{{with .Config.Labels.team}}{{.}}{{end}}",
         "y Blue"},
        {"{{range $k, $v := .Config.Labels}}{{if eq $k \"team\"}}{{$k}}={{$v}},{{end}}{{end}}",
         "team=Blue"},
        {"{{printf \"%.4s\" .ID}}", "0123"},
        {"{{.Nonsense}}", "error: template: tags:1:3: executing \"tags\" at <.Nonsense>: can't "
                          "evaluate field Nonsense in type *docker.Container"},
        {"{{.Config.Nonsense}}", "error: template: tags:1:3: executing \"tags\" at "
                                 "<.Config.Nonsense>: can't evaluate field Nonsense in type "
                                 "*docker.Config"},
    };

    run(document, rows, ARRAY_LEN(rows));
}

/* The examples of registrator's own comments, and what lies at the edges. */
static void test_functions(void)
{
    static const struct row rows[] = {
        {"{{strSlice .ID 0 12}},{{strSlice .ID 10}},{{.ID | len}}", "0123456789ab abcdef 16"},
        {"{{strSlice \"abc\" 2 1}},{{strSlice \"abc\" 9}},{{strSlice \"abc\" 1 9}}", "c abc abc"},
        {"{{strSlice \"abc\" 0 0}},{{strSlice \"abc\"}},{{strSlice \"abc\" 3}}", "abc"},
        {"{{sIndex 0 .Config.Env}},{{sIndex 2 .Config.Env}},{{sIndex 9 .Config.Env}}",
         "ENVIRONMENT=test HOME=/home/foobar SERVICE_9404_NAME=bar"},
        {"{{sIndex -1 .Config.Env}},{{sIndex -4 .Config.Env}},{{sIndex -9 .Config.Env}}",
         "SERVICE_9404_NAME=bar ENVIRONMENT=test ENVIRONMENT=test"},
        {"{{sIndex -9223372036854775808 .Config.Env}}", "ENVIRONMENT=test"},
        {"{{mIndex \"team\" .Config.Labels}},{{mIndex \"none\" .Config.Labels}}", "Blue"},
        {"{{.Config.Labels.team | toUpper}},{{toLower \"FoO\"}}", "BLUE foo"},
        {"{{replace -1 \"=\" \"\" \"=foo=\"}},{{replace 1 \"=\" \"\" \"=foo=\"}}", "foo foo="},
        {"{{replace 0 \"o\" \"x\" \"foo\"}},{{replace 2 \"o\" \"0\" \"fooo\"}}", "foo f00o"},
        {"{{split \",\" \"/proc/bus,/proc/fs,/proc/irq\" | join \";\"}}",
         "/proc/bus;/proc/fs;/proc/irq"},
        {"{{join \",\" .Config.Env}}",
         "ENVIRONMENT=test SERVICE_8105_NAME=foo HOME=/home/foobar SERVICE_9404_NAME=bar"},
        {"{{splitIndex -1 \"/\" (mIndex \"com.amazonaws.ecs.task-arn\" .Config.Labels)}}",
         "368f4403"},
        {"{{splitIndex 0 \":\" \"a:b\"}},{{splitIndex 5 \":\" \"a:b\"}},{{splitIndex 1 \"x\" "
         "\"y\"}}",
         "a b y"},
        {"{{matchFirstElement \"^SERVICE_\" .Config.Env}},{{matchFirstElement \"^X\" .Config.Env}}",
         "SERVICE_8105_NAME=foo"},
        {"{{range matchAllElements \"^SERVICE_\" .Config.Env}}{{. | splitIndex 1 \"=\"}},{{end}}",
         "foo bar"},
        {"{{sIndex 0 (matchAllElements \"^ENV\" .Config.Env) | splitIndex 1 \"=\"}}", "test"},
        {"{{jsonParse .Config.Labels.info \"Additional::Country\"}}", "US"},
        {"{{jsonParse .Config.Labels.info \"Additional::n::[0]\"}}", "1"},
        {"{{replace -1 \" \" \"\" (jsonParse .Config.Labels.info \"Additional::n::[1]\")}}",
         "{\"a\":true}"},
        {"a{{jsonParse .Config.Labels.info \"Additional::none::x\"}}b", "ab"},
        {"a{{jsonParse .Config.Labels.info \"Additional::n::[99999999999999999999]\"}}b", "ab"},
        {"a{{jsonParse \"{\" \"x\"}}b", "ab"},
        {"{{strSlice .ID -1}}",
         "error: template: tags:1:3: executing \"tags\" at <strSlice .ID -1>: "
         "error calling strSlice: slice bounds out of range"},
    };

    run(document, rows, ARRAY_LEN(rows));
}

/* What Docker says as null is empty. */
static void test_bare_document(void)
{
    static const struct row rows[] = {
        {"x{{range .Config.Env}}{{.}}{{end}}{{range .Config.Labels}}{{.}}{{end}}", "x"},
        {"x{{matchFirstElement \"a\" .Config.Env}}{{mIndex \"a\" .Config.Labels}}"
         "{{.NetworkSettings.IPAddress}}",
         "x"},
        {"{{sIndex 0 .Config.Env}}",
         "error: template: tags:1:3: executing \"tags\" at <sIndex 0 .Config.Env>: error calling "
         "sIndex: the list is empty"},
    };

    run("{\"Config\": {\"Env\": null, \"Labels\": null}}", rows, ARRAY_LEN(rows));
}

static void test_refusals(void)
{
    static const struct row rows[] = {
        {"{{httpGet \"http://x/\"}}",
         "error: template: tags:1:3: function \"httpGet\" not defined: "
         "berth waits for nothing while it registers"},
        {"{{env \"HOME\"}}", "error: template: tags:1:3: function \"env\" not defined"},
        {"{{file \"/etc/shadow\"}}", "error: template: tags:1:3: function \"file\" not defined"},
        {"{{.ID", "error: template: tags:1:1: unclosed action"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEAN(free_str) char *got = render(document, rows[i].text);

        got[strcspn(got, "\n")] = '\0';
        is_str(got, rows[i].wanted, "%s", rows[i].text);
    }
    CLEAN(free_str)
    char *endless = render(document, "{{define \"a\"}}{{template \"a\"}}{{end}}{{template \"a\"}}");
    ok(!strncmp(endless, "error: ", 7), "what does not end, ends");
    ok(tags_is_template("a,{{.ID}}") && !tags_is_template("a,{b}"), "braces make a template");
}

int main(void)
{
    test_fields();
    test_functions();
    test_bare_document();
    test_refusals();
    return tap_done();
}
