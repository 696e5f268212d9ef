/* Whose health changed between two lists of checks in one state. */
#include "registrator/consul_unwell.h"

#include <string.h>

#include "lib/sbuf.h"
#include "tests/tap.h"

#define CHECK(service, node, id)                                                                   \
    "{\"ServiceName\":\"" service "\",\"Node\":\"" node "\",\"ServiceID\":\"" service "-1\","      \
    "\"CheckID\":\"" id "\",\"Status\":\"critical\"}"

static void on_change(void *arg, const char *service, const char *node)
{
    sbuf_addf(arg, "%s@%s ", service, node);
}

static void parse(const char *text, struct strv *ret)
{
    is_int(consul_unwell_parse(text, strlen(text), ret, NULL), 0, "%.40s... is read", text);
}

static void expect(const char *before, const char *now, const char *changes)
{
    struct strv b = {0}, n = {0};
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;

    parse(before, &b);
    parse(now, &n);
    consul_unwell_diff(&b, &n, on_change, &out);
    is_str(sbuf_str(&out), changes, "what changed");
    strv_done(&b);
    strv_done(&n);
}

int main(void)
{
    struct strv none = {0};

    expect("[]", "[]", "");
    expect("[]", "[" CHECK("web", "n1", "c") "]", "web@n1 ");
    expect("[" CHECK("web", "n1", "c") "]", "[]", "web@n1 ");
    expect("[" CHECK("web", "n1", "c") "]", "[" CHECK("web", "n1", "c") "]", "");
    expect("[" CHECK("web", "n1", "c") "]", "[" CHECK("web", "n1", "d") "]", "web@n1 web@n1 ");
    expect("[" CHECK("b", "n", "c") "," CHECK("a", "n", "c") "]",
           "[" CHECK("a", "n", "c") "," CHECK("c", "n", "c") "]", "b@n c@n ");
    expect("[]", "[" CHECK("", "n2", "serfHealth") "]", "@n2 ");
    expect("[{}, 3, \"x\", {\"Node\":\"n\"}]", "[]", "");
    is_int(consul_unwell_parse("{}", 2, &none, NULL), -1, "an object is refused");
    is_int(consul_unwell_parse("nonsense", 8, &none, NULL), -1, "nonsense is refused");
    return tap_done();
}
