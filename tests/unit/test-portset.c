/* Sets of ports: what people and programs write, and what berth asks of them. */
#include "lib/portset.h"

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
    {"70000,9-99999\n", ""},
};

static const struct {
    const char *text;
    const char *wanted; /* NULL: refused */
    const char *why;    /* what the refusal says */
} pools[] = {
    {"28000-29999", "28000-29999", NULL},
    {"29500-29999,28000-28999", "28000-28999,29500-29999", NULL},
    {"28000-28999, 29500-29999", "28000-28999,29500-29999", NULL},
    {"28000-28999,29000-29999", "28000-29999", NULL},
    {"28000", "28000", NULL},
    {"1024-65535", "1024-65535", NULL},
    {"28000-28999,28500-29999", NULL, "28500-28999 is in it twice"},
    {"28000,28000", NULL, "28000-28000 is in it twice"},
    {"", NULL, "it must be FIRST-LAST with 1024 <= FIRST"},
    {",", NULL, "it must be FIRST-LAST"},
    {"28000-28999,", NULL, "it must be FIRST-LAST"},
    {",28000-28999", NULL, "it must be FIRST-LAST"},
    {"28000-28999;29500-29999", NULL, "it must be FIRST-LAST"},
    {"29999-28000", NULL, "it must be FIRST-LAST"},
    {"1023-2000", NULL, "it must be FIRST-LAST"},
    {"1024-65536", NULL, "it must be FIRST-LAST"},
    {"1024-99999999999999999999", NULL, "it must be FIRST-LAST"},
    {"many", NULL, "it must be FIRST-LAST"},
    {"2001,2003,2005,2007,2009,2011,2013,2015,2017,2019,2021,2023,2025,2027,2029,2031,2033", NULL,
     "more than 16 ranges"},
};

static void test_lists(void)
{
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        struct portset s = {0};

        portset_read(&s, lists[i].text);
        CLEAN(free_str) char *got = portset_format(&s);
        is_str(got, lists[i].wanted, "list %zu", i);
    }
}

static void test_pools(void)
{
    for (size_t i = 0; i < ARRAY_LEN(pools); i++) {
        CLEAN(err) struct err *err = NULL;
        struct portset s = {0};
        bool good = !portset_parse(pools[i].text, 1024, &s, &err);
        CLEAN(free_str) char *got = portset_format(&s);

        is_str(good ? got : NULL, pools[i].wanted, "pool '%s'", pools[i].text);
        if (pools[i].why)
            ok(strstr(err_msg(err), pools[i].why), "... since %s", err_msg(err));
    }
}

static void test_questions(void)
{
    struct portset s = {0}, other = {0}, none = {0};
    struct portrange r = {0};

    portset_read(&s, "20-30,10-19,40");
    is_int(portset_size(&s), 22, "size");
    ok(portset_has(&s, 10) && portset_has(&s, 40) && !portset_has(&s, 41), "has");
    ok(!portset_has(&s, 65536), "no set has a port beyond the last one");
    portset_add(&other, 12, 30);
    ok(portset_covers(&s, &other), "covers");
    portset_add(&other, 31, 31);
    ok(!portset_covers(&s, &other), "one port too many");
    ok(portset_overlap(&s, &other, &r) && r.first == 12 && r.last == 30, "what is in common");
    ok(!portset_overlap(&s, &none, &r), "nothing is in common with nothing");
    portset_remove(&s, 15, 20);
    CLEAN(free_str) char *left = portset_format(&s);
    is_str(left, "10-14,21-30,40", "what is left after taking a range out");
    portset_remove_set(&s, &other);
    CLEAN(free_str) char *less = portset_format(&s);
    is_str(less, "10-11,40", "what is left after taking a set out");
}

static void test_next(void)
{
    struct portset s = {0}, none = {0};

    portset_read(&s, "10-11,63-64,65535");
    is_int(portset_next(&s, 0), 10, "the first");
    is_int(portset_next(&s, 10), 11, "the next in a range");
    is_int(portset_next(&s, 11), 63, "the next range");
    is_int(portset_next(&s, 63), 64, "over the end of a word");
    is_int(portset_next(&s, 64), 65535, "the last");
    is_int(portset_next(&s, 65535), 10, "round it goes");
    is_int(portset_next(&none, 5), 0, "of nothing");
    is_int(portset_last(&s), 65535, "the highest");
    is_int(portset_last(&none), 0, "the highest of nothing");
}

int main(void)
{
    test_lists();
    test_pools();
    test_questions();
    test_next();
    return tap_done();
}
