#include "agent/top_key.h"

#include <string.h>

#include "lib/clean.h"

#define ESCAPE '\033'
#define SEQUENCE_MAX 16 /* bytes; what is longer is no key */

static size_t read_sequence(const char *bytes, size_t len, enum top_key *ret);
static enum top_key name_sequence(const char *bytes, size_t len);

size_t top_key_read(const char *bytes, size_t len, bool all, enum top_key *ret, char *ret_character)
{
    if (!len)
        return 0;
    *ret = TOP_KEY_NONE;
    if (*bytes == ESCAPE && len == 1) {
        *ret = TOP_KEY_ESCAPE;
        return all;
    }
    if (*bytes == ESCAPE && (bytes[1] == '[' || bytes[1] == 'O')) {
        size_t used = read_sequence(bytes, len, ret);
        return used || !all ? used : len;
    }
    if (*bytes == ESCAPE) {
        *ret = TOP_KEY_ESCAPE;
    } else if (*bytes == '\r' || *bytes == '\n') {
        *ret = TOP_KEY_ENTER;
    } else if (*bytes == '\b' || *bytes == 0x7f) {
        *ret = TOP_KEY_BACKSPACE;
    } else if (*bytes >= ' ' && *bytes < 0x7f) {
        *ret = TOP_KEY_CHARACTER;
        *ret_character = *bytes;
    }
    return 1;
}

/* Parameters are digits and semicolons, a letter or '~' ends it. */
static size_t read_sequence(const char *bytes, size_t len, enum top_key *ret)
{
    size_t n = 2;

    while (n < len && n < SEQUENCE_MAX && strchr("0123456789;?", bytes[n]) && bytes[n])
        n++;
    if (n == len)
        return n < SEQUENCE_MAX ? 0 : n;
    *ret = name_sequence(bytes + 2, n - 1);
    return n + 1;
}

/* xterm, the Linux console, rxvt, screen and tmux have several for one key. */
static enum top_key name_sequence(const char *bytes, size_t len)
{
    static const struct {
        const char *bytes;
        enum top_key key;
    } all[] = {
        {"A", TOP_KEY_UP},         {"B", TOP_KEY_DOWN},  {"H", TOP_KEY_HOME},
        {"F", TOP_KEY_END},        {"1~", TOP_KEY_HOME}, {"7~", TOP_KEY_HOME},
        {"4~", TOP_KEY_END},       {"8~", TOP_KEY_END},  {"5~", TOP_KEY_PAGE_UP},
        {"6~", TOP_KEY_PAGE_DOWN}, {"M", TOP_KEY_ENTER},
    };

    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (strlen(all[i].bytes) == len && !strncmp(bytes, all[i].bytes, len))
            return all[i].key;
    return TOP_KEY_NONE;
}
