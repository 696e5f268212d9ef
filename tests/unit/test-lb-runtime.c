/* Answers recorded from HAProxy in tests/fixtures/haproxy, and ones that it should never give. */
#include <string.h>

#include "lb-template/alert.h"
#include "lb-template/runtime.h"
#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static char *fixture(const char *name)
{
    CLEAN(free_str) char *path = xasprintf("fixtures/haproxy/%s.txt", name);

    return tests_read(path, NULL);
}

static void test_servers(void)
{
    CLEAN(free_str) char *answer = fixture("show-servers-state");
    struct runtime_servers l = {0};

    is_int(runtime_parse_servers(answer, &l, NULL), 0, "show servers state");
    is_int((long long)l.n, 5, "five servers");
    const struct runtime_server *s = runtime_servers_find(&l, "web", "node:c3:80:19003");
    ok(s && !strcmp(s->address, "::1") && s->port == 19003 && s->weight == 100, "one of them");
    is_str(runtime_server_state(s), "down", "nobody listens there");
    ok(s->check_state & RUNTIME_CHECK_ENABLED, "it is checked");
    is_str(runtime_server_state(runtime_servers_find(&l, "web", "node:c1:80:19001")), "up", "up");
    is_str(runtime_server_state(runtime_servers_find(&l, "web", "node:c2:80:19002")), "maint",
           "maint");
    is_str(runtime_server_state(runtime_servers_find(&l, "web", "node:c4:80:19004")), "drain",
           "drain");
    ok(!runtime_servers_find(&l, "web", "node:c5:80:5"), "a server of another backend");
    runtime_servers_done(&l);
}

static void test_odd_servers(const char *answer, const char *name)
{
    struct runtime_servers l = {0};
    CLEAN(err) struct err *err = NULL;

    is_int(runtime_parse_servers(answer, &l, &err), -1, "%s", name);
    ok(err && !l.n, "with an error and nothing else");
}

static void is_servers(const struct runtime_servers *l, const char *wanted, const char *name)
{
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;

    for (size_t i = 0; i < l->n; i++)
        sbuf_addf(&got, "%s%s/%s", i ? " " : "", l->v[i].backend, l->v[i].name);
    is_str(sbuf_str(&got), wanted, "%s", name);
}

#define SERVER(backend, name) "5 " backend " 1 " name " ::1 0 0 1 1 1 1 1 1 1 1 1 1 - 80 -\n"

static void replace(struct runtime_servers *l, const char *backend, const char *answer)
{
    struct runtime_servers now = {0};

    runtime_parse_servers(answer, &now, NULL);
    runtime_servers_replace(l, backend, &now);
}

static void test_replace(void)
{
    struct runtime_servers l = {0};

    replace(&l, "b", "1\n" SERVER("b", "s"));
    is_servers(&l, "b/s", "into nothing");
    replace(&l, "a", "1\n" SERVER("a", "t") SERVER("a", "s"));
    replace(&l, "c", "1\n" SERVER("c", "s"));
    is_servers(&l, "a/s a/t b/s c/s", "before and behind");
    replace(&l, "b", "1\n" SERVER("b", "x") SERVER("b", "y") SERVER("a", "no") SERVER("z", "no"));
    is_servers(&l, "a/s a/t b/x b/y c/s", "more of them, and nothing of others");
    replace(&l, "a", "1\n");
    is_servers(&l, "b/x b/y c/s", "none");
    size_t n, at = runtime_servers_of(&l, "b", &n);
    ok(at == 0 && n == 2, "the range of a backend");
    runtime_servers_of(&l, "bb", &n);
    ok(n == 0, "and of one that has none");
    runtime_servers_done(&l);
}

static void test_info(void)
{
    CLEAN(free_str) char *answer = fixture("show-info");
    struct runtime_info info = {0};
    CLEAN(err) struct err *err = NULL;

    is_int(runtime_parse_info(answer, &info, NULL), 0, "show info");
    is_int(info.pid, 18987, "pid");
    ok(info.has_mark && info.structure == 0x953ae30a9a63ceecu, "structure");
    ok(!info.stopping, "not stopping");
    is_int(runtime_parse_info("Pid: 5\nStopping: 1\n", &info, NULL), 0, "an old worker");
    ok(info.stopping && !info.has_mark, "it is stopping, and has no mark");
    is_int(runtime_parse_info("Pid: x\n", &info, &err), -1, "no pid");
    is_str(err_msg(err), "HAProxy answered `show info` with \"Pid: x\n\"", "what it said");
}

static void test_map(void)
{
    CLEAN(free_str) char *answer = fixture("show-map");
    CLEAN(free_str) char *unknown = fixture("show-map-unknown");
    struct kvs map = {0};

    is_int(runtime_parse_map(answer, &map, NULL), 0, "show map");
    is_str(kvs_get(&map, "web.example"), "db", "one entry");
    is_int((long long)map.n, 1, "and no other");
    kvs_done(&map);
    is_int(runtime_parse_map("\n", &map, NULL), 0, "an empty map");
    is_int((long long)map.n, 0, "has no entry");
    kvs_done(&map);
    is_int(runtime_parse_map(unknown, &map, NULL), -1, "a map that HAProxy does not know");
}

static void test_processes(const char *name, unsigned failed, unsigned old_workers)
{
    CLEAN(free_str) char *answer = fixture(name);
    struct runtime_processes p = {0};

    is_int(runtime_parse_processes(answer, &p, NULL), 0, "%s", name);
    is_int(p.failed, failed, "%s: failed reloads", name);
    is_int(p.old_workers, old_workers, "%s: old workers", name);
}

static void test_used(void)
{
    CLEAN(free_str) char *answer = fixture("show-servers-conn");
    unsigned used = 9;

    is_int(runtime_parse_used(answer, "web", "node:c1:80:19001", &used), 0, "show servers conn");
    is_int(used, 0, "no request uses it");
    is_int(runtime_parse_used(answer, "web", "node:c1:80", &used), -1, "part of a name");
    is_int(runtime_parse_used("web/s 1/2 a 1 - 0 7\n", "web", "s", &used), 0, "a busy one");
    is_int(used, 7, "seven connections");
}

static void test_answers(void)
{
    static const struct {
        enum runtime_command command;
        const char *answer;
        bool ok;
    } t[] = {
        {RUNTIME_ADD_SERVER, "New server registered.\n", true},
        {RUNTIME_ADD_SERVER, "Already exists a server with the same name in backend.\n", false},
        {RUNTIME_ADD_SERVER, "", false},
        {RUNTIME_ADD_SERVER, "'id' : custom id 77 already used at x:38 ('server a').\n", false},
        {RUNTIME_ENABLE, "", true},
        {RUNTIME_ENABLE, "\n", true},
        {RUNTIME_ENABLE, "No such server.\n", false},
        {RUNTIME_SET_ADDRESS, "IP changed from '::1' to '127.0.0.1' by 'stats socket command'\n",
         true},
        {RUNTIME_SET_ADDRESS, "no need to change the addr, port changed from '1' to '2' by 'x'\n",
         true},
        {RUNTIME_SET_ADDRESS, "nothing changed\n", true},
        {RUNTIME_SET_ADDRESS, "No such backend.\n", false},
        {RUNTIME_SET_SERVER, "", true},
        {RUNTIME_SET_SERVER, "No such server.\n", false},
        {RUNTIME_DELETE_SERVER, "Server deleted.", true},
        {RUNTIME_DELETE_SERVER, "No such server.", true},
        {RUNTIME_DELETE_SERVER, "Only servers in maintenance mode can be deleted.", false},
        {RUNTIME_ADD_MAP, "", true},
        {RUNTIME_ADD_MAP, "Unknown map identifier. Please use #<id> or <file>.\n", false},
        {RUNTIME_SET_MAP, "", true},
        {RUNTIME_SET_MAP, "entry not found.\n", false},
        {RUNTIME_DELETE_MAP, "Key not found.\n", true},
        {RUNTIME_DELETE_MAP, "Permission denied\n", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(t); i++)
        is_int(runtime_answer_ok(t[i].command, t[i].answer), t[i].ok, "answer %zu", i);
}

static void test_alert(const char *name, const char *wanted)
{
    CLEAN(free_str) char *output = fixture(name);
    CLEAN(free_str) char *got = alert_first(output, strlen(output));

    is_str(got, wanted, "%s", name);
}

static void test_alert_text(const char *output, const char *wanted)
{
    CLEAN(free_str) char *got = alert_first(output, strlen(output));

    is_str(got, wanted, "alert: %s", wanted);
}

int main(void)
{
    test_servers();
    test_odd_servers("", "no answer");
    test_odd_servers("Permission denied\n", "a refusal");
    test_odd_servers("2\n", "another version");
    test_odd_servers("1\n5 web 1 s 127.0.0.1\n", "too few columns");
    test_odd_servers("1\n5 w 1 s ::1 x 0 1 1 1 1 1 1 1 1 1 1 - 80 -\n", "no number");
    test_odd_servers("1\n5 w 1 s ::1 0 0 1 1 1 1 1 1 1 1 1 1 - 65536 -\n", "no port");
    test_replace();
    test_info();
    test_map();
    test_processes("show-proc", 0, 0);
    test_processes("show-proc-failed", 1, 0);
    test_processes("show-proc-old", 0, 1);
    is_int(runtime_parse_processes("", &(struct runtime_processes){0}, NULL), -1, "no processes");
    test_used();
    test_answers();
    test_alert("check-refused",
               "config : parsing [/dev/stdin:2] : unknown keyword 'foo' in 'global' section");
    test_alert("start-port-taken", "Binding [/dev/stdin:4] for frontend x: cannot bind socket "
                                   "(Address already in use) for [127.0.0.1:19001]");
    test_alert_text("", "no reason given");
    test_alert_text("one\ntwo\n\n", "two");
    test_alert_text("[ALERT]", "");
    return tap_done();
}
