/* Consul's answers as a template's values; what is no answer of Consul's is refused. */
#include "agent/render_answer.h"

#include <string.h>

#include "agent/render_target.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

#define WEB(id, address)                                                                           \
    "{\"Node\":{\"Node\":\"n\",\"Address\":\"10.0.0.9\"},\"Service\":{\"ID\":\"" id                \
    "\",\"Service\":\"web\",\"Address\":\"" address "\",\"Port\":80,\"Tags\":[\"b\",\"a\"]},"      \
    "\"Checks\":[]}"

static const struct {
    enum tmpl_dep_kind kind;
    const char *text, *body, *wanted; /* members or bytes; an error */
} rows[] = {
    {TMPL_DEP_SERVICE, "web", "[]", "0"},
    {TMPL_DEP_SERVICE, "web", " [ ] ", "0"},
    {TMPL_DEP_SERVICE, "web", "[" WEB("1", "") "]", "1"},
    {TMPL_DEP_SERVICE, "web", "[ " WEB("1", "") " ,\n" WEB("2", "10.0.0.1") " ]", "2"},
    {TMPL_DEP_SERVICE, "web|critical", "[" WEB("1", "") "]", "0"},
    {TMPL_DEP_SERVICE, "web", "{}", "the answer is no array"},
    {TMPL_DEP_SERVICE, "web", "", "the answer is empty"},
    {TMPL_DEP_SERVICE, "web", "[", "member 0: invalid JSON: '[' or '{' expected near end of file"},
    {TMPL_DEP_SERVICE, "web", "[" WEB("1", ""), "member 0: the array does not go on"},
    {TMPL_DEP_SERVICE, "web", "[" WEB("1", "") " " WEB("2", "") "]",
     "member 0: the array does not go on"},
    {TMPL_DEP_SERVICE, "web", "[" WEB("1", "") ",]",
     "member 1: invalid JSON: '[' or '{' expected near ']'"},
    {TMPL_DEP_SERVICE, "web", "[{}]", "member 0: an instance has no node or no service"},
    {TMPL_DEP_NODES, "", "[{\"Node\":\"a\",\"Address\":\"1\"},{\"Node\":\"b\"}]", "2"},
    {TMPL_DEP_NODES, "", "[[]]", "member 0: a node is no object"},
    {TMPL_DEP_TREE, "a", "[{\"Key\":\"a/b\",\"Value\":\"eA==\"},{\"Key\":\"a/\"}]", "1"},
    {TMPL_DEP_TREE, "a", "[{\"Key\":\"a/b\",\"Value\":\"*\"}]",
     "member 0: the value of a key is no base64"},
    {TMPL_DEP_TREE, "a", "", "0"},
    {TMPL_DEP_KEY, "a", "[{\"Key\":\"a\",\"Value\":\"eHl6\"}]", "3"},
    {TMPL_DEP_KEY, "a", "[]", "the answer has no pair"},
    {TMPL_DEP_KEY, "a", "", "absent"},
    {TMPL_DEP_SERVICES, "", "{\"b\":[],\"a\":[\"t\"]}", "2"},
    {TMPL_DEP_SERVICES, "", "[]", "the answer is no object"},
    {TMPL_DEP_DATACENTERS, "", "[\"b\",\"a\"]", "2"},
    {TMPL_DEP_DATACENTERS, "", "{}", "the answer is no array"},
    {TMPL_DEP_NODE, "n", "null", "2"},
};

/* Every answer is read from a buffer of its own size, so that reading beyond it shows. */
static char *read_row(size_t i)
{
    CLEAN(err) struct err *err = NULL;
    CLEAN(tmpl_arena) struct tmpl_arena arena;
    size_t len = strlen(rows[i].body);
    char *body = xmalloc(len + 1);
    struct tmpl_value v = tmpl_none();
    enum tmpl_answer answer;

    memcpy(body, rows[i].body, len + 1);
    tmpl_arena_init(&arena, 1024 * 1024);
    int status =
        render_answer_read(rows[i].kind, rows[i].text, body, len, &arena, &v, &answer, &err);
    free(body);
    if (status)
        return xstrdup(err_msg(err));
    if (answer == TMPL_ABSENT)
        return xstrdup("absent");
    size_t n = v.kind == TMPL_LIST ? v.list->n : v.kind == TMPL_MAP ? v.map->n : v.len;
    return xasprintf("%zu", n);
}

static void check_values(void)
{
    static const char body[] = "[" WEB("2", "") "," WEB("1", "10.0.0.1") "]";
    CLEAN(tmpl_arena) struct tmpl_arena arena;
    struct tmpl_value v;
    enum tmpl_answer answer;

    tmpl_arena_init(&arena, 1024 * 1024);
    render_answer_read(TMPL_DEP_SERVICE, "web", body, strlen(body), &arena, &v, &answer, NULL);
    const struct tmpl_map *first = v.list->v[0].map, *second = v.list->v[1].map;
    const struct tmpl_list *tags = tmpl_map_gets(first, "Tags")->list;

    ok(tmpl_is(tmpl_map_gets(first, "ID"), "1"), "in the order of their ids");
    ok(tmpl_is(tmpl_map_gets(first, "Address"), "10.0.0.1"), "a service's own address");
    ok(tmpl_is(tmpl_map_gets(second, "Address"), "10.0.0.9"), "else its node's");
    ok(tmpl_is(tmpl_map_gets(first, "Status"), "passing"), "no check is a good sign");
    ok(tags->n == 2 && tmpl_is(&tags->v[0], "a"), "tags in order");
}

static void check_target(const char *spec, const char *wanted)
{
    CLEAN(err) struct err *err = NULL;
    struct render_target t;

    render_target_init(&t);
    int status = render_target_parse(&t, spec, &err);
    CLEAN(free_str) char *command = strv_join(&t.command, " ");
    CLEAN(free_str)
    char *got = status
                    ? xstrdup(err_msg(err))
                    : xasprintf("%s|%s|%s", t.source, t.destination ? t.destination : "-", command);
    is_str(got, wanted, "-t %s", spec);
    render_target_done(&t);
}

static void check_environment(void)
{
    static char home[] = "HOME=/h", path[] = "PATH=/p", token[] = "APP_TOKEN=s", app[] = "APP_A=1";
    char *ours[] = {home, path, token, app, NULL};
    struct render_env env = {0};
    struct strv got = {0};

    strv_add(&env.allow, "APP_*");
    strv_add(&env.allow, "PATH");
    strv_add(&env.deny, "*TOKEN");
    strv_add(&env.custom, "X=y");
    render_env_apply(&env, ours, &got);
    CLEAN(free_str) char *joined = strv_join(&got, " ");
    is_str(joined, "PATH=/p APP_A=1 X=y", "what is allowed, and not denied, and added");
    strv_done(&got);
    env.pristine = true;
    render_env_apply(&env, ours, &got);
    ok(got.n == 1 && !strcmp(got.v[0], "X=y"), "nothing of ours");
    strv_done(&got);
    render_env_done(&env);
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEAN(free_str) char *got = read_row(i);

        is_str(got, rows[i].wanted, "row %zu", i);
    }
    check_values();
    check_target("in", "in|-|");
    check_target("in:out", "in|out|");
    check_target("in:out:a:b", "in|out|/bin/sh -c a:b");
    check_target("in::do", "in|-|/bin/sh -c do");
    check_target(":out", "-t :out names no template");
    check_environment();
    return tap_done();
}
