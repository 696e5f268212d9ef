#include "lib/sbuf.h"

#include <stdlib.h>
#include <string.h>

#include "tests/tap.h"

static void test_empty(void)
{
    struct sbuf b = SBUF_INIT;

    is_str(sbuf_str(&b), "", "an unused buffer reads as the empty string");
    sbuf_done(&b);
    char *s = sbuf_take(&b);
    is_str(s, "", "an unused buffer can be taken");
    free(s);
}

static void test_growth(void)
{
    struct sbuf b = SBUF_INIT;

    for (int i = 0; i < 1000; i++)
        sbuf_addf(&b, "%03d,", i);
    is_int((long long)b.len, 4000, "a thousand pieces keep their length");
    ok(!strncmp(sbuf_str(&b), "000,001,002,", 12), "the beginning survives growth");
    is_str(sbuf_str(&b) + 3996, "999,", "and so does the end");
    sbuf_done(&b);
}

static void test_drop(void)
{
    CLEAN(sbuf) struct sbuf b = SBUF_INIT;

    sbuf_adds(&b, "line one\nrest");
    sbuf_drop(&b, 9);
    is_str(sbuf_str(&b), "rest", "drop removes from the front");
    sbuf_drop(&b, 100);
    is_str(sbuf_str(&b), "", "drop of more than there is empties");
    sbuf_addch(&b, 'x');
    is_str(sbuf_str(&b), "x", "and the buffer goes on");
    sbuf_clear(&b);
    is_int((long long)b.len, 0, "clear empties");
}

static void test_bytes(void)
{
    CLEAN(sbuf) struct sbuf b = SBUF_INIT;

    sbuf_add(&b, "a\0b", 3);
    is_int((long long)b.len, 3, "a NUL inside counts");
    ok(!memcmp(b.data, "a\0b", 4), "and the text is ended after it");
    sbuf_add(&b, NULL, 0);
    is_int((long long)b.len, 3, "nothing can be added from nowhere");
}

static void test_printable(void)
{
    static const struct {
        const char *in, *out;
    } table[] = {
        {"plain ~ text", "plain ~ text"},
        {"two\nlines", "two\\x0alines"},
        {"\x1b[31m", "\\x1b[31m"},
        {"f\xc3\xbcr", "f\\xc3\\xbcr"},
        {"\x7f", "\\x7f"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        CLEAN(sbuf) struct sbuf b = SBUF_INIT;

        sbuf_add_printable(&b, table[i].in);
        is_str(sbuf_str(&b), table[i].out, "printable: %s", table[i].out);
    }
}

int main(void)
{
    test_empty();
    test_growth();
    test_drop();
    test_bytes();
    test_printable();
    return tap_done();
}
