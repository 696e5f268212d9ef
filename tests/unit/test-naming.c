#include "registrator/naming.h"

#include <string.h>

#include "lib/clean.h"
#include "lib/sbuf.h"
#include "tests/tap.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_images(void)
{
    static const char *const cases[][2] = {
        {"nginx", "nginx"},
        {"gliderlabs/foobar:1", "foobar"},
        {"reg:5000/a/b:tag", "b"},
        {"reg:5000/redis", "redis"},
        {"redis@sha256:" HEX64, "redis"},
        {"reg:5000/a/redis:6@sha256:" HEX64, "redis"},
        {"a/b/", "b"},
        {"sha256:abc", NULL},
        {"sha256:" HEX64, NULL},
        {HEX64, NULL},
        {"0123456789ab", "0123456789ab"},
        {"", NULL},
        {":tag", NULL},
        {"@sha256:" HEX64, NULL},
        {"///", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEAN(free_str) char *name = naming_from_image(cases[i][0]);

        is_str(name, cases[i][1], "image \"%s\"", cases[i][0]);
    }
}

static void test_services(void)
{
    static const char *const cases[][2] = {
        {"web", "web"},  {"Web_1.x-2", "Web_1.x-2"}, {"a b", "a-b"}, {"a/b", "a-b"},
        {"a\nb", "a-b"}, {"\xc3\xbc", "--"},         {".", "-"},     {"..", "--"},
        {"...", "..."},  {"a;b'c\"d", "a-b-c-d"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        bool changed;
        CLEAN(free_str) char *name = naming_service(cases[i][0], SERVICE_NAME_MAX, &changed);

        is_str(name, cases[i][1], "service %zu", i);
        is_int(changed, strcmp(cases[i][0], cases[i][1]) != 0, "service %zu is told apart", i);
    }
}

static void test_ids(void)
{
    static const char *const cases[][2] = {
        {"host:web:80:udp", "host:web:80:udp"},
        {"a/b c", "a-b-c"},
        {"a\tb\x7f", "a-b-"},
        {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
        {"a\xff", "a-"},
        {".", "-"},
        {"..", "--"},
        {"?#%&", "?#%&"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        bool changed;
        CLEAN(free_str) char *id = naming_id(cases[i][0], &changed);

        is_str(id, cases[i][1], "id %zu", i);
        is_int(changed, strcmp(cases[i][0], cases[i][1]) != 0, "id %zu is told apart", i);
    }
}

static void test_lengths(void)
{
    CLEAN(sbuf) struct sbuf said = SBUF_INIT;
    bool changed;

    for (int i = 0; i < SERVICE_ID_MAX - 1; i++)
        sbuf_addch(&said, 'x');
    sbuf_adds(&said, "\xc3\xbc");
    CLEAN(free_str) char *name = naming_service(sbuf_str(&said), 10, &changed);
    is_int((long long)strlen(name), 10, "a name is cut");
    ok(changed, "and that is told");
    CLEAN(free_str) char *id = naming_id(sbuf_str(&said), &changed);
    is_int((long long)strlen(id), SERVICE_ID_MAX - 1, "an id is cut between characters");
    ok(changed, "and that is told");
}

int main(void)
{
    test_images();
    test_services();
    test_ids();
    test_lengths();
    return tap_done();
}
