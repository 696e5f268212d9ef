#include "registrator/text.h"

#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static void test_clean(void)
{
    static const struct {
        const char *text;
        bool clean;
    } cases[] = {
        {"", true},
        {"plain ASCII ~", true},
        {"gr\xc3\xbc\xc3\x9f", true},
        {"\xe6\x9c\x8d\xe5\x8b\x99", true},
        {"\xf0\x9f\x9a\xa2", true},
        {"\xf4\x8f\xbf\xbf", true},
        {"a\nb", false},
        {"a\tb", false},
        {"\x7f", false},
        {"\xc2\x80", false}, /* a C1 control character */
        {"\xc2\xa0", true},
        {"\xff", false},
        {"\x80", false},
        {"\xc3", false}, /* cut short */
        {"\xc3(", false},
        {"\xe2\x82", false},
        {"\xc0\x80", false},         /* NUL, too long */
        {"\xe0\x80\xaf", false},     /* "/", too long */
        {"\xed\xa0\x80", false},     /* a surrogate */
        {"\xf4\x90\x80\x80", false}, /* above U+10FFFF */
        {"\xf8\x88\x80\x80\x80", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        is_int(text_is_clean(cases[i].text), cases[i].clean, "clean: case %zu", i);
}

static void test_port(void)
{
    static const struct {
        const char *text;
        int port; /* -1: refused */
    } cases[] = {
        {"1", 1},      {"65535", 65535}, {"0080", 80}, {"0", -1},    {"65536", -1},
        {"99999", -1}, {"000080", -1},   {"", -1},     {"80 ", -1},  {" 80", -1},
        {"+80", -1},   {"-1", -1},       {"8o", -1},   {"0x50", -1}, {"4294967376", -1},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint16_t port = 7;
        int got = text_port(cases[i].text, &port) ? -1 : port;

        is_int(got, cases[i].port, "port \"%s\"", cases[i].text);
        if (got < 0)
            is_int(port, 7, "and nothing is written");
    }
}

static void test_shown(void)
{
    CLEAN(sbuf) struct sbuf b = SBUF_INIT, wanted = SBUF_INIT;

    text_add_shown(&b, "a\nb\xff");
    is_str(sbuf_str(&b), "\"a\\x0ab\\xff\"", "what is shown is printable");
    sbuf_clear(&b);
    sbuf_addch(&wanted, '"');
    for (int i = 0; i < TEXT_SHOWN_MAX; i++)
        sbuf_addch(&wanted, 'x');
    CLEAN(free_str) char *longer = xasprintf("%sy", sbuf_str(&wanted) + 1);
    sbuf_adds(&wanted, "...\"");
    text_add_shown(&b, longer);
    is_str(sbuf_str(&b), sbuf_str(&wanted), "and short");
}

int main(void)
{
    test_clean();
    test_port();
    test_shown();
    return tap_done();
}
