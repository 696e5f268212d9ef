#include <stdlib.h>
#include <string.h>

#include "lb-template/name.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static void test_make(const char *text, bool altered, const char *wanted)
{
    CLEAN(free_str) char *got = name_make(text, altered);

    is_str(got, wanted, "%zu bytes give %s", strlen(text), wanted);
}

static void test_host(const char *text, const char *wanted)
{
    CLEAN(free_str) char *got = name_host(text, strlen(text));

    is_str(got ? got : "(none)", wanted, "%zu bytes as a host name: %s", strlen(text), wanted);
}

static void test_long(void)
{
    char text[201];

    memset(text, 'x', 200);
    text[200] = '\0';
    CLEAN(free_str) char *a = name_make(text, false);
    text[199] = 'y';
    CLEAN(free_str) char *b = name_make(text, false);
    is_int((long long)strlen(a), NAME_LEN_MAX, "a long name is cut");
    ok(strcmp(a, b), "what was cut off still tells names apart");
    text[NAME_LEN_MAX] = '\0';
    test_make(text, false, text);
}

static void test_unique(void)
{
    char *v[] = {xstrdup("b"), xstrdup("a"), xstrdup("b"), xstrdup("b")};
    char **places[] = {&v[0], &v[1], &v[2], &v[3]};

    name_make_unique(places, 4);
    is_str(v[0], "b", "the first keeps its name");
    is_str(v[1], "a", "who has no double too");
    ok(strcmp(v[2], "b") && strcmp(v[3], "b") && strcmp(v[2], v[3]), "others get new ones");
    for (size_t i = 0; i < 4; i++)
        free(v[i]);
    name_make_unique(places, 0);
}

int main(void)
{
    test_make("web", false, "web");
    test_make("A-z_0.9:x", false, "A-z_0.9:x");
    test_make("a b", false, "a_b-10a3f9f2");
    test_make("a\nb", false, "a_b-28e4c710");
    test_make("", false, "_-811c9dc5");
    test_make("web", true, "web-0fd9bc91");
    test_long();
    test_unique();
    test_host("www.example.org", "www.example.org");
    test_host("WWW.Example.ORG.", "www.example.org");
    test_host("a_b.example", "a_b.example");
    test_host("10.0.0.1", "10.0.0.1");
    test_host("", "(none)");
    test_host(".", "(none)");
    test_host("a..b", "(none)");
    test_host(".a", "(none)");
    test_host("a b", "(none)");
    test_host("a:80", "(none)");
    test_host("a\nb", "(none)");
    test_host("*.example", "(none)");
    test_host("-a", "(none)");
    test_host("a-", "(none)");
    test_host("a-.b", "(none)");
    test_host("1234567890123456789012345678901234567890123456789012345678901234.a", "(none)");
    return tap_done();
}
