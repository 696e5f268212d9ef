/* Foreign bytes: the headers Host, Origin and Authorization, a line each. Without the token nobody
 * ever writes, and no name that is not ours reads. */
#include <stdlib.h>
#include <string.h>

#include "agent/admin_guard.h"
#include "lib/xmalloc.h"
#include "tests/fuzz/fuzz.h"

#define TOKEN "0123456789abcdef"

static unsigned check(bool is_write, char *const lines[3])
{
    static const struct admin_guard guard = {
        .node = "n1", .hosts = "berth.example", .socket = "/run/s", .token = TOKEN};
    CLEAN(sbuf) struct sbuf why = SBUF_INIT;
    const struct admin_asked q = {
        .is_write = is_write, .host = lines[0], .origin = lines[1], .authorization = lines[2]};
    unsigned status = admin_guard_check(&guard, &q, &why);

    if ((status != 0) != (why.len != 0))
        abort();
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    CLEAN(free_str) char *text = xstrndup((const char *)data, len);
    char *lines[3] = {text, NULL, NULL};

    for (int i = 1; i < 3 && lines[i - 1]; i++)
        if ((lines[i] = strchr(lines[i - 1], '\n')))
            *lines[i]++ = '\0';
    if (!check(true, lines) && (!lines[2] || !strstr(lines[2], TOKEN)))
        abort();
    if (!check(false, lines) && !strcmp(lines[0], "evil.example"))
        abort();
    return 0;
}
