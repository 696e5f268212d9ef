/* Vectors of RFC 4648 section 10, and what is no base64. */
#include "lib/base64.h"

#include <string.h>

#include "tests/tap.h"

int main(void)
{
    static const struct {
        const char *text, *bytes; /* NULL: refused */
    } rows[] = {
        {"", ""},
        {"Zg==", "f"},
        {"Zm8=", "fo"},
        {"Zm9v", "foo"},
        {"Zm9vYg==", "foob"},
        {"Zm9vYmE=", "fooba"},
        {"Zm9vYmFy", "foobar"},
        {"+/+/", "\xfb\xff\xbf"},
        {"Z", NULL},
        {"Zg=", NULL},
        {"Zg", NULL},
        {"Z===", NULL},
        {"====", NULL},
        {"Zg==Zg==", NULL},
        {"Zm9\n", NULL},
        {"Zm-_", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEAN(sbuf) struct sbuf out = SBUF_INIT;
        int status = base64_decode(rows[i].text, &out);

        if (rows[i].bytes)
            ok(!status && !strcmp(sbuf_str(&out), rows[i].bytes), "'%s' is read", rows[i].text);
        else
            ok(status && !out.len, "'%s' is refused", rows[i].text);
    }
    return tap_done();
}
