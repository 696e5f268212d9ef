/* Which instances a rule selects, and which rules are refused. */
#include "lb-template/select.h"

#include <string.h>

#include "lib/xmalloc.h"
#include "tests/tap.h"

static void test_rules(void)
{
    static const struct {
        const char *rule;
        bool selects; /* web with the tags a, mirror and Meta team=blue */
    } rows[] = {
        {"", true},
        {"  ", true},
        {"service=web", true},
        {"service=we?", true},
        {"service=w*,db", true},
        {"service=db", false},
        {"!service=db", true},
        {"!service=web", false},
        {"tag=mirror", true},
        {"tag=production,mirror", true},
        {"tag=production", false},
        {"!tag=production", true},
        {"!tag=mirror", false},
        {"tag=a tag=mirror", true},
        {"tag=a tag=b", false},
        {"meta.team=blue", true},
        {"meta.team=*", true},
        {"meta.team=red", false},
        {"meta.other=*", false},
        {"!meta.other=*", true},
        {"service=web tag=mirror !meta.team=red", true},
        {"service=web\ttag=mirror  !meta.team=blue", false},
        {"tag=,", false},
    };
    struct instance i = {.service = xstrdup("web")};

    strv_add(&i.tags, "a");
    strv_add(&i.tags, "mirror");
    kvs_add(&i.meta, "team", "blue");
    for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
        struct select s = {0};

        is_int(select_parse(&s, rows[k].rule, NULL), 0, "'%s' is read", rows[k].rule);
        ok(select_matches(&s, &i) == rows[k].selects, "'%s' %s", rows[k].rule,
           rows[k].selects ? "holds" : "does not hold");
        select_done(&s);
    }
    instance_done(&i);
}

static void test_refusals(void)
{
    static const struct {
        const char *rule, *why;
    } rows[] = {
        {"mirror", "\"mirror\" is no KEY=VALUE[,VALUE]"},
        {"tag=", "\"tag=\" is no KEY=VALUE[,VALUE]"},
        {"tag=a !", "\"!\" is no KEY=VALUE[,VALUE]"},
        {"node=x", "\"node\" is none of service, tag and meta.KEY"},
        {"meta.=x", "\"meta.\" is none of service, tag and meta.KEY"},
        {"!=x", "\"\" is none of service, tag and meta.KEY"},
    };

    for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
        struct select s = {0};
        CLEAN(err) struct err *err = NULL;

        is_int(select_parse(&s, rows[k].rule, &err), -1, "'%s' is refused", rows[k].rule);
        is_str(err_msg(err), rows[k].why, "... and it is said why");
    }
}

int main(void)
{
    test_rules();
    test_refusals();
    return tap_done();
}
