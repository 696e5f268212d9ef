/* Ranges of ports: what /proc and Mesos write, and what berth asks of them. */
#include "agent/portrange.h"

#include <string.h>

#include "lib/clean.h"
#include "tests/tap.h"

static const struct {
    const char *text, *wanted;
} lists[] = {
    {"", ""},
    {"\n", ""},
    {"80", "80"},
    {"8080,28000-29999\n", "8080,28000-29999"},
    {"3,1,2", "1-3"},
    {"10-20,15-30,31", "10-31"},
    {"[31000-32000, 33000-34000]", "31000-32000,33000-34000"},
    {"9-5,65535-65536,7", "7"},
    {"99999999999999999999", ""},
    {"1-", "1"},
    {"1,x,2", "1"},
    {"0-65535", "0-65535"},
};

static const struct {
    const char *text;
    bool said;
    const char *wanted;
} resources[] = {
    {"cpus:4;mem:2048;ports:[31000-32000]", true, "31000-32000"},
    {"ports(*):[31000-32000, 28000-28001]; cpus:1", true, "28000-28001,31000-32000"},
    {"cpus:4; ports(web):[1-2]", true, "1-2"},
    {"cpus:4;mem:1", false, ""},
    {"", false, ""},
    {"portsmith:[1-2]", false, ""},
    {"ports(", false, ""},
    {"ports:", true, ""},
    {"[{\"name\": \"ports\", \"ranges\": {\"range\": [{\"begin\": 5, \"end\": 6}]}}]", true, "5-6"},
    {"{\"resources\": [{\"name\": \"ports\", \"ranges\": 7}]}", true, ""},
    {"[{\"name\": \"cpus\"}, 7]", false, ""},
    {"[", false, ""},
    {"[{\"name\": \"ports\", \"ranges\": {\"range\": [{\"begin\": -1, \"end\": 70000}, 3]}}]", true,
     ""},
};

static void test_lists(void)
{
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        struct portranges l = {0};

        portranges_parse(&l, lists[i].text);
        CLEAN(free_str) char *got = portranges_format(&l);
        is_str(got, lists[i].wanted, "list %zu", i);
        portranges_done(&l);
    }
}

static void test_resources(void)
{
    for (size_t i = 0; i < ARRAY_LEN(resources); i++) {
        struct portranges l = {0};
        bool said = portranges_parse_mesos(&l, resources[i].text);
        CLEAN(free_str) char *got = portranges_format(&l);

        ok(said == resources[i].said, "resources '%s' name ports", resources[i].text);
        is_str(got, resources[i].wanted, "ports of '%s'", resources[i].text);
        portranges_done(&l);
    }
}

static void test_questions(void)
{
    struct portranges l = {0};

    portranges_parse(&l, "20-30,10-19,40");
    ok(portranges_contain(&l, (struct portrange){10, 30}), "two ranges that touch contain a third");
    ok(!portranges_contain(&l, (struct portrange){10, 31}), "one port too many");
    ok(!portranges_contain(&l, (struct portrange){9, 10}), "one port too few");
    ok(portranges_overlap(&l, (struct portrange){30, 35}) == &l.v[0], "the last port is in common");
    ok(!portranges_overlap(&l, (struct portrange){31, 39}), "nothing is in common");
    portranges_done(&l);
    ok(!portranges_contain(&l, (struct portrange){1, 1}), "nothing contains nothing");
}

int main(void)
{
    test_lists();
    test_resources();
    test_questions();
    return tap_done();
}
