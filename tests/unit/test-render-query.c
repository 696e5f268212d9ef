/* A template's dependencies as questions to Consul, and Consul's answers as values. */
#include "agent/render_query.h"

#include <string.h>

#include "agent/render_answer.h"
#include "lb-template/tmpl/json_value.h"
#include "tests/tap.h"

static void test_paths(void)
{
    static const struct {
        enum tmpl_dep_kind kind;
        const char *text, *wanted;
    } rows[] = {
        {TMPL_DEP_SERVICE, "web", "/v1/health/service/web?passing"},
        {TMPL_DEP_SERVICE, "web|any", "/v1/health/service/web"},
        {TMPL_DEP_SERVICE, "v=1.web@dc2~_agent|passing,warning",
         "/v1/health/service/web?tag=v%3D1&dc=dc2&near=_agent"},
        {TMPL_DEP_SERVICE, "web?ns=a&partition=b",
         "/v1/health/service/web?passing&ns=a&partition=b"},
        {TMPL_DEP_SERVICE, "web?stale=1",
         "there is no parameter \"stale\"; there are ns, partition, peer and sameness-group"},
        {TMPL_DEP_SERVICE, "web|bad",
         "invalid filter \"bad\"; there are any, passing, warning, critical and maintenance"},
        {TMPL_DEP_SERVICE, "a b", "service: invalid format: \"a b\""},
        {TMPL_DEP_CONNECT, "web", "/v1/health/connect/web?passing"},
        {TMPL_DEP_SERVICES, "@dc2", "/v1/catalog/services?dc=dc2"},
        {TMPL_DEP_NODES, "@dc2~n1", "/v1/catalog/nodes?dc=dc2&near=n1"},
        {TMPL_DEP_NODE, "n1@dc2", "/v1/catalog/node/n1?dc=dc2"},
        {TMPL_DEP_NODE, "", RENDER_QUERY_SELF},
        {TMPL_DEP_DATACENTERS, "", "/v1/catalog/datacenters"},
        {TMPL_DEP_KEY, "/app/a b@dc2", "/v1/kv/app/a%20b?dc=dc2"},
        {TMPL_DEP_KEY, "a/../b", "key: Consul cannot be asked for \"a/../b\""},
        {TMPL_DEP_TREE, "app/", "/v1/kv/app/?recurse"},
        {TMPL_DEP_TREE, "", "/v1/kv/?recurse"},
        {TMPL_DEP_ENV, "", "env is not Consul's to answer"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEAN(err) struct err *err = NULL;
        CLEAN(sbuf) struct sbuf path = SBUF_INIT;
        int failed = render_query_path(rows[i].kind, rows[i].text, NULL, &path, &err);

        is_str(failed ? err_msg(err) : sbuf_str(&path), rows[i].wanted, "%s \"%s\"",
               tmpl_dep_name(rows[i].kind), rows[i].text);
    }
    CLEAN(sbuf) struct sbuf path = SBUF_INIT;
    ok(!render_query_path(TMPL_DEP_NODE, "", "me", &path, NULL), "the agent's node is known");
    is_str(sbuf_str(&path), "/v1/catalog/node/me", "and asked for");
}

#define NODE(name) "\"Node\": {\"Node\": \"" name "\", \"Address\": \"10.0.0.1\"}"

static void test_values(void)
{
    static const struct {
        enum tmpl_dep_kind kind;
        const char *text, *body, *wanted;
    } rows[] = {
        {TMPL_DEP_KEY, "a", "[{\"Value\": \"aGk=\"}]", "\"hi\""},
        {TMPL_DEP_KEY, "a", "[{\"Value\": null}]", "\"\""},
        {TMPL_DEP_KEY, "a", "", "absent"},
        {TMPL_DEP_KEY, "a", "[{\"Value\": \"?\"}]", "the value of a key is no base64"},
        {TMPL_DEP_KEY, "a", "{}", "the answer has no pair"},
        {TMPL_DEP_TREE, "a", "", "[]"},
        {TMPL_DEP_TREE, "a",
         "[{\"Key\": \"a/\", \"Value\": null}, {\"Key\": \"a/b\", \"Value\": \"MQ==\", \"Flags\": "
         "7}]",
         "[{\"Path\":\"a/b\",\"Key\":\"b\",\"Value\":\"1\",\"Exists\":true,\"CreateIndex\":0,"
         "\"ModifyIndex\":0,\"LockIndex\":0,\"Flags\":7,\"Session\":\"\"}]"},
        {TMPL_DEP_SERVICES, "", "{\"b\": [\"y\", \"x\"], \"a\": null}",
         "[{\"Name\":\"a\",\"Tags\":[]},{\"Name\":\"b\",\"Tags\":[\"x\",\"y\"]}]"},
        {TMPL_DEP_SERVICES, "", "[]", "the answer is no object"},
        {TMPL_DEP_DATACENTERS, "", "[\"dc2\", \"dc1\"]", "[\"dc1\",\"dc2\"]"},
        {TMPL_DEP_NODE, "none", "null\n", "{\"Node\":null,\"Services\":[]}"},
        {TMPL_DEP_SERVICE, "web|any",
         "[{" NODE("n2") ", \"Service\": {\"ID\": \"w\"}, \"Checks\": []}]",
         "[{\"Node\":\"n2\",\"NodeID\":\"\",\"NodeAddress\":\"10.0.0.1\",\"NodeTaggedAddresses\":{}"
         ","
         "\"NodeMeta\":{},\"ServiceMeta\":{},\"Address\":\"10.0.0.1\",\"ServiceTaggedAddresses\":{}"
         ",\"ID\":\"w\",\"Name\":\"\",\"Tags\":[],\"Checks\":[],\"Status\":\"passing\",\"Port\":0,"
         "\"Weights\":{\"Passing\":0,\"Warning\":0}}]"},
        {TMPL_DEP_SERVICE, "web|passing",
         "[{" NODE("n") ", \"Service\": {\"ID\": \"w\"}, \"Checks\": [{\"CheckID\": "
                        "\"_service_maintenance:w\", \"Status\": \"critical\"}]}]",
         "[]"},
        {TMPL_DEP_SERVICE, "web", "[{}]", "member 0: an instance has no node or no service"},
        {TMPL_DEP_SERVICE, "web",
         "[{" NODE("n") ", \"Service\": {\"ID\": \"w\", \"Port\": \"80\"}}]",
         "member 0: Port is not an integer but string"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEAN(err) struct err *err = NULL;
        CLEAN(tmpl_arena) struct tmpl_arena arena;
        struct tmpl_value v;
        enum tmpl_answer answer;

        tmpl_arena_init(&arena, 0);
        struct tmpl_buf got = TMPL_BUF(&arena);
        if (render_answer_read(rows[i].kind, rows[i].text, rows[i].body, strlen(rows[i].body),
                               &arena, &v, &answer, &err))
            tmpl_buf_adds(&got, err_msg(err));
        else if (answer == TMPL_ABSENT)
            tmpl_buf_adds(&got, "absent");
        else
            tmpl_to_json(&got, &v, &(struct tmpl_json_style){0}, NULL);
        tmpl_buf_addch(&got, '\0');
        is_str(got.data, rows[i].wanted, "an answer for %s \"%s\" (%zu)",
               tmpl_dep_name(rows[i].kind), rows[i].text, i);
    }
}

static void test_order(void)
{
    static const char body[] = "[{" NODE("b") ", \"Service\": {\"ID\": \"1\"}}, {" NODE(
        "a") ", \"Service\": {\"ID\": \"2\"}}, {" NODE("a") ", \"Service\": {\"ID\": \"1\"}}]";
    static const char *const rows[][2] = {{"web", "a1 a2 b1 "}, {"web~n", "b1 a2 a1 "}};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEAN(tmpl_arena) struct tmpl_arena arena;
        CLEAN(sbuf) struct sbuf got = SBUF_INIT;
        struct tmpl_value v = tmpl_none();
        enum tmpl_answer answer;

        tmpl_arena_init(&arena, 0);
        render_answer_read(TMPL_DEP_SERVICE, rows[i][0], body, strlen(body), &arena, &v, &answer,
                           NULL);
        for (size_t k = 0; v.kind == TMPL_LIST && k < v.list->n; k++)
            sbuf_addf(&got, "%s%s ", tmpl_map_gets(v.list->v[k].map, "Node")->s,
                      tmpl_map_gets(v.list->v[k].map, "ID")->s);
        is_str(sbuf_str(&got), rows[i][1], "the order of %s", rows[i][0]);
    }
}

int main(void)
{
    test_paths();
    test_values();
    test_order();
    return tap_done();
}
