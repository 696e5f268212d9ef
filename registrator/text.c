#include "registrator/text.h"

#include <string.h>

#include "lib/xmalloc.h"

#define PORT_DIGITS_MAX 5

/* Reads 'more' continuation bytes after 's[0]'. Returns the code point, or 0 for a broken one. */
static uint32_t decode(const unsigned char *s, unsigned more);

unsigned text_char_len(const char *s)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    unsigned char first = (unsigned char)s[0];
    unsigned more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;

    if (!more)
        return first >= 0x20 && first < 0x7f;
    uint32_t c = first < 0xf8 ? decode((const unsigned char *)s, more) : 0;
    bool surrogate = c >= 0xd800 && c <= 0xdfff;
    return c < 0xa0 || c < least[more] || c > 0x10ffff || surrogate ? 0 : more + 1;
}

bool text_is_clean(const char *s)
{
    while (*s) {
        unsigned len = text_char_len(s);

        if (!len)
            return false;
        s += len;
    }
    return true;
}

void text_add_shown(struct sbuf *b, const char *s)
{
    CLEAN(free_str) char *cut = xstrndup(s, TEXT_SHOWN_MAX);

    sbuf_addch(b, '"');
    sbuf_add_printable(b, cut);
    sbuf_adds(b, strlen(s) > TEXT_SHOWN_MAX ? "...\"" : "\"");
}

int text_port(const char *s, uint16_t *ret)
{
    size_t digits = strspn(s, "0123456789");
    unsigned value = 0;

    if (!digits || digits > PORT_DIGITS_MAX || s[digits])
        return -1;
    while (*s)
        value = value * 10 + (unsigned)(*s++ - '0');
    if (!value || value > UINT16_MAX)
        return -1;
    *ret = (uint16_t)value;
    return 0;
}

static uint32_t decode(const unsigned char *s, unsigned more)
{
    uint32_t c = s[0] & (0x3fu >> more);

    for (unsigned i = 1; i <= more; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3f);
    }
    return c;
}
