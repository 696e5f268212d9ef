/* The functions that ask for data, and what an execution says about it. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/sbuf.h"
#include "tests/tap.h"
#include "tests/unit/tmpl-run.h"

static const char document[] =
    "{\"services\": {"
    "  \"web\": ["
    "   {\"Node\": \"n1\", \"NodeAddress\": \"10.0.0.1\", \"Port\": 80, \"ID\": \"web-1\","
    "    \"Tags\": [\"v1\", \"http\"], \"ServiceMeta\": {\"zone\": \"a\", \"prio\": \"7\"}},"
    "   {\"Node\": \"n2\", \"NodeAddress\": \"10.0.0.2\", \"Address\": \"10.1.0.2\", \"Port\": 81,"
    "    \"ID\": \"web-2\", \"Tags\": [\"v2\"], \"ServiceMeta\": {\"zone\": \"b!\"}},"
    "   {\"Node\": \"n3\", \"Address\": \"10.0.0.3\", \"Port\": 80, \"Status\": \"critical\"}],"
    "  \"db\": [{\"Node\": \"n1\", \"Address\": \"10.0.0.1\", \"Port\": 5432}]},"
    " \"nodes\": [{\"Node\": \"n1\", \"Address\": \"10.0.0.1\"}, {\"Node\": \"n2\"}],"
    " \"datacenters\": [\"dc1\", \"dc2\"],"
    " \"keys\": {\"app/a\": \"1\", \"app/b\": \"2\", \"app/sub/c\": \"3\", \"top\": \"t\", "
    "\"empty\": \"\"},"
    " \"dc\": {\"dc2\": {\"services\": {\"web\": []}, \"keys\": {\"top\": \"two\"}}},"
    " \"env\": {\"HOME\": \"/root\"}, \"files\": {\"/etc/motd\": \"hi\"}}";

static const struct tmpl_case cases[] = {
    {"{{range service \"web\"}}{{.Node}} {{.Address}}:{{.Port}} {{.Name}} {{.ID}};{{end}}",
     "n1 10.0.0.1:80 web web-1;n2 10.1.0.2:81 web web-2;"},
    {"{{range service \"v1.web\"}}{{.ID}}{{end}}", "web-1"},
    {"{{len (service \"web|any\")}} {{len (service \"web\" \"any\")}} {{len (service "
     "\"web|critical\")}} "
     "{{len (service \"web|passing,critical\")}}",
     "3 3 1 3"},
    {"{{range service \"none\"}}x{{else}}nobody{{end}}", "nobody"},
    {"{{range service \"\"}}x{{else}}nobody{{end}}", "nobody"},
    {"{{len (service \"web@dc2\")}}{{len (service \"v1.web?ns=x@dc1.a~_agent|any\")}}", "00"},
    {"{{range service \"web\"}}{{.Status}} {{.Tags}} {{.ServiceMeta.zone}};{{end}}",
     "passing [v1 http] a;passing [v2] b!;"},
    {"{{with index (service \"web\") 0}}{{.NodeAddress}}{{end}}", "10.0.0.1"},
    {"{{range service \"web\"}}{{if .Tags | contains \"http\"}}{{.ID}}{{end}}{{end}}", "web-1"},
    {"{{range services}}{{.Name}}{{.Tags}} {{end}}", "db[] web[http v1 v2] "},
    {"{{range services}}{{range service .Name}}{{.Port}} {{end}}{{end}}", "5432 80 81 "},
    {"{{range services}}{{range service (printf \"%s|any\" .Name)}}{{.Port}} {{end}}{{end}}",
     "5432 80 81 80 "},
    {"{{range $tag, $s := service \"web\" | byTag}}{{$tag}}:{{range $s}}{{.ID}}{{end}} {{end}}",
     "http:web-1 v1:web-1 v2:web-2 "},
    {"{{range $port, $s := service \"web|any\" | byPort}}{{$port}}:{{len $s}} {{end}}",
     "80:2 81:1 "},
    {"{{len (index (byPort (service \"web\")) 80)}}{{len (index (byPort (service \"web\")) 99)}}",
     "10"},
    {"{{range $k, $s := service \"web|any\" | byMeta \"zone\"}}{{$k}} {{end}}", "_no_zone_ a b_ "},
    {"{{range $k, $s := service \"web\" | byMeta \"zone,prio|int\"}}{{$k}} {{end}}",
     "a_00007 b__00000 "},
    {"{{range nodes}}{{.Node}} {{end}}{{range datacenters}}{{.}} {{end}}", "n1 n2 dc1 dc2 "},
    {"{{with node \"n1\"}}{{.Node.Address}}{{range .Services}} {{.Name}}{{end}}{{end}}",
     "10.0.0.1 web db"},
    {"{{with node}}{{.Node.Node}}{{end}}{{with node \"nx\"}}x{{else}}none{{end}}", "n1none"},
    {"{{key \"app/a\"}} {{key \"top@dc2\"}} {{key \"top?ns=x\"}}<{{key \"nothing\"}}>",
     "1 two t<>"},
    {"{{keyExists \"app/a\"}} {{keyExists \"app/x\"}} {{keyExists \"empty\"}}", "true false true"},
    {"{{keyOrDefault \"app/a\" \"d\"}} {{keyOrDefault \"app/x\" \"d\"}} {{keyOrDefault \"empty\" "
     "\"d\"}}",
     "1 d d"},
    {"{{range ls \"app\"}}{{.Key}}={{.Value}} {{end}}", "a=1 b=2 "},
    {"{{range ls \"app/\"}}{{.Key}}{{end}} {{range ls \"nothing\"}}x{{end}}", "ab "},
    {"{{range tree \"app\"}}{{.Key}}={{.Value}} {{.Path}};{{end}}",
     "a=1 app/a;b=2 app/b;sub/c=3 app/sub/c;"},
    {"{{range safeLs \"app\"}}{{.Key}}{{end}}{{range safeTree \"app\"}}{{.Key}}{{end}}",
     "ababsub/c"},
    {"{{tree \"app\" | explode}}", "map[a:1 b:2 sub:map[c:3]]"},
    {"{{range $k, $p := tree \"\" | byKey}}{{$k}}:{{range $p}}{{.Key}},{{end}} {{end}}",
     "app:a,b,sub/c, empty:, top:, "},
    {"{{with $d := tree \"app\" | explode}}{{$d.sub.c}}{{$d.none}}{{end}}", "3<no value>"},
    {"{{env \"HOME\"}} <{{env \"NONE\"}}> {{mustEnv \"HOME\"}} {{envOrDefault \"NONE\" \"d\"}} "
     "{{envOrDefault \"HOME\" \"d\"}}",
     "/root <> /root d /root"},
    {"{{file \"/etc/motd\"}}<{{file \"\"}}>", "hi<>"},
    {"global\n    daemon\n    maxconn {{key \"app/a\"}}\ndefaults\n    mode {{key \"top\"}}"
     "{{range ls \"app\"}}\n    timeout {{.Key}} {{.Value}}{{end}}\n\nlisten http-in\n    bind "
     "*:8000"
     "{{range service \"v1.web\"}}\n    server {{.Node}} {{.Address}}:{{.Port}}{{end}}",
     "global\n    daemon\n    maxconn 1\ndefaults\n    mode t\n    timeout a 1\n    timeout b 2\n\n"
     "listen http-in\n    bind *:8000\n    server n1 10.0.0.1:80"},
};

/* "kind text" of each dependency, '!' behind one that is missing. */
static void is_deps(const char *json, const char *text, const char *wanted)
{
    struct tmpl_deps deps = {0};
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;
    size_t missing = 0;
    char *output = tmpl_run_one(json, text, NULL, &deps);

    for (size_t i = 0; i < deps.n; i++) {
        sbuf_addf(&got, "%s%s %s%s", i ? ", " : "", tmpl_dep_name(deps.v[i].kind), deps.v[i].text,
                  deps.v[i].missing ? "!" : "");
        missing += deps.v[i].missing;
    }
    is_str(sbuf_str(&got), wanted, "dependencies of %s", text);
    ok(missing == deps.missing, "so many are missing");
    tmpl_deps_done(&deps);
    free(output);
}

static void test_deps(void)
{
    is_deps(document, "{{key \"top\"}}{{key \"top\"}}{{service \"web\" \"any\"}}",
            "key top, service web|any");
    is_deps("{}", "{{range services}}{{service .Name}}{{end}}{{key \"a\"}}{{keyExists \"b\"}}",
            "services !, key a!, key b!");
    is_deps(document, "{{key \"nothing\"}}{{keyExists \"x\"}}{{keyOrDefault \"y\" \"\"}}",
            "key nothing!, key x, key y");
    is_deps(document, "{{safeLs \"nothing\"}}{{ls \"other\"}}", "tree nothing!, tree other");
    is_deps(document, "{{file \"/none\"}}{{env \"NONE\"}}", "file /none!, env NONE");
    is_deps(document, "{{if false}}{{key \"top\"}}{{end}}", "");
    is_deps(document, "{{service \"web@dc9\"}}{{datacenters true}}",
            "service web@dc9!, datacenters reachable");
}

static void test_many_deps(void)
{
    struct tmpl_deps deps = {0};
    char *output = tmpl_run_one(document,
                                "{{range loop 500}}{{keyExists (printf \"k%d\" .)}}"
                                "{{keyExists (printf \"k%d\" .)}}{{end}}",
                                NULL, &deps);

    is_int((long long)deps.n, 500, "each dependency is there once");
    is_str(deps.v[499].text, "k499", "in the order of their first use");
    tmpl_deps_done(&deps);
    free(output);
}

static void is_query(enum tmpl_dep_kind kind, const char *text, const char *wanted)
{
    struct tmpl_query q;
    struct err *err = NULL;
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;

    if (tmpl_query_parse(kind, text, strlen(text), &q, &err)) {
        sbuf_adds(&got, "bad");
    } else {
        const struct tmpl_value *parts[] = {&q.tag, &q.name, &q.query, &q.dc, &q.near, &q.filter};

        for (size_t i = 0; i < ARRAY_LEN(parts); i++)
            sbuf_addf(&got, "%s%.*s", i ? "," : "", (int)parts[i]->len, parts[i]->s);
    }
    is_str(sbuf_str(&got), wanted, "%s as a %s", text, tmpl_dep_name(kind));
    err_free(err);
}

static void test_queries(void)
{
    is_query(TMPL_DEP_SERVICE, "web", ",web,,,,");
    is_query(TMPL_DEP_SERVICE, "v1.0.web", "v1.0,web,,,,");
    is_query(TMPL_DEP_SERVICE, "t.web?ns=a&peer=b@dc-1.x~_agent|any",
             "t,web,ns=a&peer=b,dc-1.x,_agent,any");
    is_query(TMPL_DEP_SERVICE, "web|passing,warning", ",web,,,,passing,warning");
    is_query(TMPL_DEP_SERVICE, "", "bad");
    is_query(TMPL_DEP_SERVICE, "tag.", "bad");
    is_query(TMPL_DEP_SERVICE, "web/x", "bad");
    is_query(TMPL_DEP_SERVICE, "web@", ",web,,,,");
    is_query(TMPL_DEP_SERVICES, "", ",,,,,");
    is_query(TMPL_DEP_SERVICES, "@dc2", ",,,dc2,,");
    is_query(TMPL_DEP_SERVICES, "web", "bad");
    is_query(TMPL_DEP_NODES, "@dc2~_agent", ",,,dc2,_agent,");
    is_query(TMPL_DEP_NODE, "n1@dc2", ",n1,,dc2,,");
    is_query(TMPL_DEP_KEY, "a b/c.d?ns=x@dc", ",a b/c.d,ns=x,dc,,");
    is_query(TMPL_DEP_KEY, "", "bad");
    is_query(TMPL_DEP_TREE, "", ",,,,,");
}

/* A document that is not what it should be is refused, or what is wrong in it is not there. */
static void test_documents(void)
{
    static const struct tmpl_case cases_bad[] = {
        {"[]", "error: the document is no object"},
        {"{\"services\": {\"web\": 5}}", "error: service web is no array"},
        {"{\"services\": {\"web\": [5]}}", "error: service web: member 0 is no object"},
        {"{\"services\": {\"web\": [{\"Port\": \"80\"}]}}",
         "error: service web: member 0: Port is not an integer but string"},
        {"{\"services\": {\"web\": [{\"Tags\": {}}]}}",
         "error: service web: member 0: Tags is not a list but map[string]interface {}"},
        {"{\"nodes\": [{\"Meta\": []}]}",
         "error: nodes: member 0: Meta is not a map but []interface {}"},
        {"{\"dc\": {\"a\": {\"nodes\": [1]}}}",
         "error: datacenter a: nodes: member 0 is no object"},
        {"{\"services\": 5, \"nodes\": 5, \"keys\": 5, \"dc\": 5, \"datacenters\": 5}", "0000"},
        {"{\"services\": {\"web\": [{\"Tags\": [1, null], \"ServiceMeta\": null}]}, \"nodes\": "
         "[{}],"
         " \"keys\": {\"a\": 1}, \"datacenters\": [1]}",
         "1101"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases_bad); i++) {
        char *got = tmpl_run_one(cases_bad[i].text,
                                 "{{len (service \"web\")}}{{len nodes}}{{len (tree \"\")}}"
                                 "{{range service \"x@a\"}}{{end}}{{key \"a\"}}{{len datacenters}}",
                                 NULL, NULL);

        is_str(got, cases_bad[i].wanted, "document %zu", i);
        free(got);
    }
}

static struct tmpl_addr address(const char *interface, const char *text, bool is_default)
{
    struct tmpl_addr a = {.interface = interface, .is_default = is_default};

    ipaddr_parse(text, &a.addr);
    return a;
}

static void test_sockaddr(void)
{
    const struct tmpl_addr addrs[] = {
        address("lo", "127.0.0.1", false),     address("docker0", "172.17.0.1", false),
        address("eth0", "10.1.2.3", true),     address("eth0", "fe80::1", true),
        address("eth1", "203.0.113.5", false), address("eth1", "192.168.1.1", false)};
    const struct tmpl_run run = {.addrs = addrs, .n_addrs = ARRAY_LEN(addrs)};
    CLEAN(free_str)
    char *got = tmpl_run_one(NULL,
                             "{{sockaddr \"GetPrivateIP\"}} {{sockaddr \"GetPublicIP\"}} "
                             "{{sockaddr \"GetInterfaceIP \\\"eth1\\\"\"}} "
                             "{{sockaddr \"GetInterfaceIPs \\\"eth1\\\"\"}} "
                             "<{{sockaddr \"GetInterfaceIP \\\"eth9\\\"\"}}>",
                             &run, NULL);

    is_str(got, "10.1.2.3 203.0.113.5 203.0.113.5 203.0.113.5 192.168.1.1 <>", "sockaddr");
}

int main(void)
{
    tmpl_run_cases(document, cases, ARRAY_LEN(cases));
    test_deps();
    test_many_deps();
    test_queries();
    test_documents();
    test_sockaddr();
    return tap_done();
}
