#include "registrator/url.h"

#include "lib/clean.h"
#include "tests/tap.h"

static void test_escape(void)
{
    CLEAN(sbuf) struct sbuf b = SBUF_INIT;

    url_add_escaped(&b, "host:web_1.x-~/a b?c#d%e\xc3\xbc\n");
    is_str(sbuf_str(&b), "host%3Aweb_1.x-~%2Fa%20b%3Fc%23d%25e%C3%BC%0A",
           "all but the unreserved characters are escaped");
}

static void test_path(void)
{
    CLEAN(sbuf) struct sbuf b = SBUF_INIT;

    url_add_path(&b, "a b/c?d//e");
    is_str(sbuf_str(&b), "a%20b/c%3Fd//e", "a path keeps its slashes");
}

static void test_addressable(void)
{
    static const struct {
        const char *name;
        bool addressable;
    } cases[] = {
        {"web", true}, {"a/b", true}, {"...", true},     {".a", true},
        {"", false},   {".", false},  {"..", false},     {"a//b", false},
        {"/a", false}, {"a/", false}, {"a/../b", false}, {"./a", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        is_int(url_is_addressable(cases[i].name), cases[i].addressable, "\"%s\"", cases[i].name);
}

static void test_base(void)
{
    static const struct {
        const char *url;
        bool good;
    } cases[] = {
        {"http://127.0.0.1:8500", true},
        {"https://consul.example:8501", true},
        {"http://[::1]:8500", true},
        {"http://consul", true},
        {"http://", false},
        {"http://:8500", false},
        {"consul://a:1", false},
        {"127.0.0.1:8500", false},
        {"http://a/v1", false},
        {"http://a:1/", false},
        {"http://u@a", false},
        {"http://a b", false},
        {"http://a\nb", false},
        {"", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        is_int(url_is_base(cases[i].url), cases[i].good, "base %zu", i);
}

int main(void)
{
    test_escape();
    test_path();
    test_addressable();
    test_base();
    return tap_done();
}
