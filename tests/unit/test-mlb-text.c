/* Placeholders, values of labels, translated directives, and what an app's template may hold. */
#include <string.h>

#include "lb-template/mlb/format.h"
#include "lb-template/mlb/options.h"
#include "lb-template/mlb/rules.h"
#include "lb-template/mlb/template.h"
#include "lb-template/mlb/translate.h"
#include "lb-template/mlb/value.h"
#include "lib/clean.h"
#include "lib/sbuf.h"
#include "tests/tap.h"

static void test_format(void)
{
    static const struct mlb_value values[] = {{"a", "1"}, {"ab", "2"}, {"none", NULL}};
    static const struct {
        const char *text, *wanted; /* 'wanted' NULL: refused */
    } rows[] = {
        {"", ""},
        {"x {a} {ab}{a}", "x 1 21"},
        {"{{ ssl_fc }}", "{ ssl_fc }"},
        {"{{{a}}}", "{1}"},
        {"{b}", NULL},
        {"{none}", NULL},
        {"{a", NULL},
        {"}", NULL},
        {"{a!r}", NULL},
        {"{}", NULL},
        {"{a{ab}}", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEAN(sbuf) struct sbuf out = SBUF_INIT;
        CLEAN(err) struct err *err = NULL;
        int rc = mlb_format(rows[i].text, values, ARRAY_LEN(values), &out, &err);

        if (rows[i].wanted)
            is_str(sbuf_str(&out), rows[i].wanted, "format %s", rows[i].text);
        ok(!rc == !!rows[i].wanted && !err == !!rows[i].wanted, "%s is %s", rows[i].text,
           rows[i].wanted ? "taken" : "refused");
    }
}

static void test_values(void)
{
    static const struct {
        bool (*check)(const char *text);
        const char *text;
        bool ok;
    } rows[] = {
        {mlb_words_ok, "leastconn", true},
        {mlb_words_ok, "url_param id check_post", true},
        {mlb_words_ok, "", false},
        {mlb_words_ok, " a", false},
        {mlb_words_ok, "a ", false},
        {mlb_words_ok, "a  b", false},
        {mlb_words_ok, "a\nb", false},
        {mlb_words_ok, "a#b", false},
        {mlb_words_ok, "a\"b", false},
        {mlb_words_ok, "a\\b", false},
        {mlb_words_ok, "a\tb", false},
        {mlb_words_ok, "\xc3\xa9", false},
        {mlb_word_ok, "/a", true},
        {mlb_word_ok, "/a b", false},
        {mlb_path_ok, "-i /a /b", true},
        {mlb_path_ok, "-i", false},
        {mlb_path_ok, "-f /etc/passwd", false},
        {mlb_path_ok, "/a -m str", false},
        {mlb_quoted_ok, "Staff only", true},
        {mlb_quoted_ok, "$HOME", false},
        {mlb_quoted_ok, "a\"b", false},
        {mlb_quoted_ok, "", false},
        {mlb_network_ok, "10.0.0.0/8", true},
        {mlb_network_ok, "10.0.0.1", true},
        {mlb_network_ok, "2001:db8::/32", true},
        {mlb_network_ok, "10.0.0.0/33", false},
        {mlb_network_ok, "10.0.0.0/", false},
        {mlb_network_ok, "any", false},
        {mlb_truth, "TRUE", true},
        {mlb_truth, "t", true},
        {mlb_truth, "Yes", true},
        {mlb_truth, "y", true},
        {mlb_truth, "1", false},
        {mlb_truth, "on", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        is_int(rows[i].check(rows[i].text), rows[i].ok, "row %zu: %s", i, rows[i].text);
}

static void test_vhosts(void)
{
    static const struct {
        const char *text, *wanted;
    } rows[] = {
        {"A.example", "a.example"},
        {"a.example, b.example:8080", "a.example b.example:8080"},
        {"a.example.", "a.example"},
        {"a.example,", NULL},
        {"a b", NULL},
        {"a.example:0", NULL},
        {"a.example:x", NULL},
        {"*.example", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct strv hosts = {0};
        bool taken = mlb_vhosts(rows[i].text, &hosts);

        CLEAN(free_str) char *joined = strv_join(&hosts, " ");
        is_int(taken, rows[i].wanted != NULL, "hosts %s", rows[i].text);
        if (rows[i].wanted)
            is_str(joined, rows[i].wanted, "hosts %s", rows[i].text);
        strv_done(&hosts);
    }
}

static void test_translate(void)
{
    static const struct {
        const char *text, *wanted;
    } rows[] = {
        {"  option forwardfor\r\n  timeout server 1m", "  option forwardfor\n  timeout server 1m"},
        {"  rspadd  Strict-Transport-Security:\\ max-age=1\n",
         "  http-response add-header Strict-Transport-Security \"max-age=1\"\n"},
        {"rspadd \"X-A: $b\" unless x", "  http-response add-header X-A \"\\$b\" unless x"},
        {"  reqadd X-Proto:\\ https if { ssl_fc } # why\n",
         "  http-request add-header X-Proto \"https\" if { ssl_fc }\n"},
        {"  reqidel ^Cookie:\n", "  http-request del-header Cookie\n"},
        {"  rspidel .*secret\n", NULL},
        {"  reqirep \"^([^ :]*)\\ /app/?(.*)\" \"\\\\1\\ /\\\\2\"\n",
         "  http-request replace-pathq \"(?i)^/app/?(.*)\" \"/\\\\1\"\n"},
        {"  reqrep ^([^\\ :]*)\\ /a/(.*) \\1\\ /b/\\2\n",
         "  http-request replace-pathq \"^/a/(.*)\" \"/b/\\\\1\"\n"},
        {"  rspirep ^Location:\\ http://a/(.*) Location:\\ https://b/\\1\n",
         "  http-response replace-header Location \"(?i)^http://a/(.*)\" \"https://b/\\\\1\"\n"},
        {"  reqrep a b\n", NULL},
        {"  rspirep\n", NULL},
        {"  reqideny ^x\n", NULL},
        {"  block if bad\n", "  http-request deny if bad\n"},
        {"  acl getpid path /_haproxy_getpids\n  http-request use-service lua.getpids if getpid\n",
         "  acl getpid path /_haproxy_getpids\n  use_backend berth_marathon_lb if getpid\n"},
        {"  http-request use-service lua.mine if x\n",
         "  http-request use-service lua.mine if x\n"},
        {"  lua-load /marathon-lb/getpids.lua\n  lua-load /mine.lua\n", "\n  lua-load /mine.lua\n"},
        {"  load-server-state-from-file global\n", "\n"},
        {"  rspaddx y\n", "  rspaddx y\n"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEAN(sbuf) struct sbuf out = SBUF_INIT;
        CLEAN(err) struct err *err = NULL;
        int rc = mlb_translate(rows[i].text, &out, &err);

        is_int(rc, rows[i].wanted ? 0 : -1, "translate %s", rows[i].text);
        if (rows[i].wanted)
            is_str(sbuf_str(&out), rows[i].wanted, "translate %s", rows[i].text);
    }
}

static void test_rules(void)
{
    static const struct mlb_names names = {"a_1", "h_a", "_a"};
    static const struct {
        enum mlb_template id;
        const char *text;
        bool ok;
    } rows[] = {
        {MLB_BACKEND_HEAD, "\n# x\nbackend a_1\n  mode tcp\n", true},
        {MLB_BACKEND_HEAD, "backend a_1 x\n", false},
        {MLB_BACKEND_HEAD, "", false},
        {MLB_BACKEND_HEAD, "backend a_1\nglobal\n", false},
        {MLB_BACKEND_HEAD, "backend a_1\n'li'sten x\n", false},
        {MLB_BACKEND_HTTP_OPTIONS, "  backend a_1\n", false},
        {MLB_BACKEND_HTTP_OPTIONS, "  default backend a_1\n", false},
        {MLB_BACKEND_HTTP_OPTIONS, "  no option httplog\n", true},
        {MLB_BACKEND_HTTP_OPTIONS, ".if 0\n", false},
        {MLB_HTTP_FRONTEND_ACL, "  acl mine src ::1\n  use_backend a_1 if mine\n", true},
        {MLB_HTTP_FRONTEND_ACL, "  acl auth_h_a http_auth(x)\n", true},
        {MLB_HTTP_FRONTEND_ACL, "  acl auth_h_b always_true\n", false},
        {MLB_HTTP_FRONTEND_ACL, "  acl path_a_2 always_true\n", false},
        {MLB_HTTP_FRONTEND_ACL, "  use_backend a_1\n", false},
        {MLB_HTTP_FRONTEND_ACL, "  bind :1\n", false},
        {MLB_HTTP_FRONTEND_ACL, "  redirect location / if x\n", true},
        {MLB_BACKEND_SERVER_TCP_HEALTHCHECK_OPTIONS, "  check\n", true},
        {MLB_BACKEND_SERVER_TCP_HEALTHCHECK_OPTIONS, "  check\n  server x\n", false},
        {MLB_USERLIST_HEAD, "userlist user_a_1\n user a password b\n", true},
        {MLB_USERLIST_HEAD, "userlist user_b_1\n", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        is_int(!mlb_rules_check(rows[i].id, rows[i].text, &names, NULL), rows[i].ok, "row %zu: %s",
               i, rows[i].text);
}

static void test_templates(void)
{
    for (int i = 0; i < MLB_TEMPLATES; i++) {
        const struct mlb_template_info *info = mlb_template_info((enum mlb_template)i);
        enum mlb_template found = MLB_TEMPLATES;

        ok(mlb_template_find(info->name, &found) && (int)found == i, "%s is found", info->name);
    }
    ok(!mlb_template_find("NOTHING", &(enum mlb_template){0}), "another one is not");
}

static void test_groups(void)
{
    struct mlb_options o = {0};

    strv_add(&o.groups, "a");
    ok(mlb_options_takes(&o, "b,a"), "one of several groups");
    ok(!mlb_options_takes(&o, "ab"), "not a part of a name");
    ok(!mlb_options_takes(&o, NULL), "not without a group");
    strv_add(&o.groups, "*");
    ok(mlb_options_takes(&o, NULL), "* takes all");
    ok(!mlb_options_set_template(&o, MLB_HTTP_FRONTEND_HEAD, "frontend x\n  rspadd A:\\ b", NULL),
       "an operator's template");
    is_str(mlb_options_template(&o, MLB_HTTP_FRONTEND_HEAD),
           "frontend x\n  http-response add-header A \"b\"\n", "... is translated");
    ok(mlb_options_set_template(&o, MLB_HEAD, "reqdeny x\n", NULL), "... or refused");
    mlb_options_done(&o);
}

int main(void)
{
    test_format();
    test_values();
    test_vhosts();
    test_translate();
    test_rules();
    test_templates();
    test_groups();
    return tap_done();
}
