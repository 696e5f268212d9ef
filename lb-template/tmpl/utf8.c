#include "lb-template/tmpl/utf8.h"

static unsigned long bad(size_t *ret_width)
{
    *ret_width = 1;
    return TMPL_RUNE_BAD;
}

unsigned long tmpl_utf8_decode(const char *s, size_t len, size_t *ret_width)
{
    static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char c = (unsigned char)s[0];
    size_t width = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;

    if (width == 1) {
        *ret_width = 1;
        return c;
    }
    if (c < 0xc2 || c > 0xf4 || len < width)
        return bad(ret_width);
    unsigned long rune = c & (0x7fu >> width);
    for (size_t i = 1; i < width; i++) {
        if (((unsigned char)s[i] & 0xc0) != 0x80)
            return bad(ret_width);
        rune = rune << 6 | ((unsigned char)s[i] & 0x3f);
    }
    if (rune < least[width] || rune > TMPL_RUNE_MAX || (rune >= 0xd800 && rune <= 0xdfff))
        return bad(ret_width);
    *ret_width = width;
    return rune;
}

size_t tmpl_utf8_encode(unsigned long rune, char ret[4])
{
    if (rune > TMPL_RUNE_MAX || (rune >= 0xd800 && rune <= 0xdfff))
        rune = TMPL_RUNE_BAD;
    if (rune < 0x80) {
        ret[0] = (char)rune;
        return 1;
    }
    size_t width = rune < 0x800 ? 2 : rune < 0x10000 ? 3 : 4;
    for (size_t i = width - 1; i; i--) {
        ret[i] = (char)(0x80 | (rune & 0x3f));
        rune >>= 6;
    }
    ret[0] = (char)((0xf00 >> width & 0xff) | rune);
    return width;
}

size_t tmpl_utf8_count(const char *s, size_t len)
{
    size_t n = 0, width;

    for (size_t i = 0; i < len; i += width, n++)
        tmpl_utf8_decode(s + i, len - i, &width);
    return n;
}

size_t tmpl_utf8_offset(const char *s, size_t len, size_t n)
{
    size_t i = 0, width;

    for (; n && i < len; n--, i += width)
        tmpl_utf8_decode(s + i, len - i, &width);
    return i;
}
