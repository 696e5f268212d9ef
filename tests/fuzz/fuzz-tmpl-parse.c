/* Any text is a template or is refused with a place in it, also with other delimiters. */
#include <stdlib.h>
#include <string.h>

#include "lb-template/tmpl/tmpl.h"
#include "tests/fuzz/fuzz.h"

static void parse(const char *text, size_t len, const char *left, const char *right)
{
    struct err *err = NULL;
    struct tmpl *t = tmpl_parse("t", text, len, left, right, &err);

    if (!t == !err || (err && strncmp(err_msg(err), "template: t:", 12)))
        abort();
    tmpl_free(t);
    err_free(err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    parse((const char *)data, len, NULL, NULL);
    parse((const char *)data, len, "{", "}");
    return 0;
}
