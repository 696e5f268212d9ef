/* Services in a key-value store: the answer that is read, the value that is written, whose it is.
 */
#include "registrator/kv_entry.h"

#include <inttypes.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "tests/tap.h"

static const char answer[] =
    "[{\"Key\":\"s/web/h:web-1:80\",\"Value\":\"MTkyLjAuMi4xOjgwMDA=\",\"Flags\":5},"
    "{\"Key\":\"s/web/h:a:80\",\"Value\":\"WzIwMDE6ZGI4OjoxXTo4MA==\",\"Flags\":0},"
    "{\"Key\":\"s/web/h:a:80\",\"Value\":\"WzIwMDE6ZGI4OjoxXTo4MA==\",\"Flags\":0},"
    "{\"Key\":\"s/db/h:a:80\",\"Value\":\"bm8gYWRkcmVzcw==\",\"Flags\":-3},"
    "{\"Key\":\"s/none/x\",\"Value\":null,\"Flags\":1e300},"
    "{\"Key\":\"s/\",\"Value\":null},{\"Key\":\"s/web/\"},{\"Key\":\"s/a/b/c\"},"
    "{\"Key\":\"sx/web/h\"},{\"Key\":\"s//h\"},{\"Key\":7},[]]";

static void test_answer(void)
{
    struct kv_entries l = {0};
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;

    is_int(kv_entries_from_json(answer, strlen(answer), "s", &l, NULL), 0, "the answer is read");
    for (size_t i = 0; i < l.n; i++)
        sbuf_addf(&out, "%s %s %s %u %" PRIu64 "\n", l.v[i].id, l.v[i].service, l.v[i].address,
                  l.v[i].port, l.v[i].flags);
    is_str(sbuf_str(&out),
           "h:a:80 db  0 0\nh:a:80 web 2001:db8::1 80 0\nh:web-1:80 web 192.0.2.1 8000 5\n"
           "x none  0 0\n",
           "sorted, each once, without what is laid out otherwise");
    kv_entries_remove(&l, "h:a:80", "web");
    kv_entries_remove(&l, "h:a:80", "nobody");
    is_int((long long)l.n, 3, "one is removed, a stranger is not missed");
    l.v[0].port = 9;
    kv_entries_put(&l, &l.v[0]);
    is_int((long long)l.n, 3, "one that is there is replaced");
    kv_entries_done(&l);
}

static void test_bad_answers(void)
{
    static const struct {
        const char *text, *wanted;
    } rows[] = {
        {"{}", "Consul's answer about its keys is no JSON array"},
        {"{\"Key\":\"s/a/b\"}", "Consul's answer about its keys is no JSON array"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct kv_entries l = {0};
        CLEAN(err) struct err *err = NULL;
        int failed = kv_entries_from_json(rows[i].text, strlen(rows[i].text), "s", &l, &err);
        is_str(failed ? err_msg(err) : NULL, rows[i].wanted, "%s", rows[i].text);
    }
}

static void test_values(void)
{
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;

    kv_add_value(&out, "192.0.2.1", 80);
    sbuf_addch(&out, ' ');
    kv_add_value(&out, "2001:db8::1", 8080);
    is_str(sbuf_str(&out), "192.0.2.1:80 [2001:db8::1]:8080", "IPv6 addresses stand in brackets");
}

static void test_owners(void)
{
    static const struct {
        const char *id;
        uint64_t flags;
        bool wanted;
    } rows[] = {
        {"h:web:80", 0, true},    {"h:web:53:udp", 0, true}, {"h:web:80", 1, false},
        {"hh:web:80", 0, false},  {"h", 0, false},           {"h:", 0, false},
        {"h:web", 0, false},      {"h::80", 0, false},       {"h:web:http", 0, false},
        {"x:h:web:80", 0, false}, {"h:web:99999", 0, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEAN(free_str) char *id = xstrdup(rows[i].id);
        struct kv_entry e = {.id = id, .flags = rows[i].flags};
        is_int(kv_entry_is_registrators(&e, "h"), rows[i].wanted, "%s is registrator's", id);
    }
    ok(kv_mark("node-a") != kv_mark("node-b"), "two nodes have two marks");
    ok(kv_mark("node-a") >> 53 == 0 && kv_mark("") != 0, "a mark fits in a double, and is not 0");
}

int main(void)
{
    test_answer();
    test_bad_answers();
    test_values();
    test_owners();
    return tap_done();
}
