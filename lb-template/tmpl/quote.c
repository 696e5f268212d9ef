#include "lb-template/tmpl/format.h"
#include "lb-template/tmpl/utf8.h"

static void quote_control(struct tmpl_buf *b, unsigned char c)
{
    static const char controls[] = "\a\b\f\n\r\t\v", names[] = "abfnrtv";
    const char *found = c ? strchr(controls, c) : NULL;

    if (found)
        tmpl_buf_addf(b, "\\%c", names[found - controls]);
    else
        tmpl_buf_addf(b, "\\x%02x", c);
}

/* Characters that show nothing, or change what is shown: C1 controls and the format characters. */
static bool is_printable(unsigned long rune)
{
    return rune >= 0xa1 && rune != 0xad && !(rune >= 0x2000 && rune <= 0x200f) &&
           !(rune >= 0x2028 && rune <= 0x202f) && !(rune >= 0x205f && rune <= 0x206f) &&
           rune != 0x3000 && rune != 0xfeff && !(rune >= 0xe000 && rune <= 0xf8ff);
}

void tmpl_quote(struct tmpl_buf *b, const char *s, size_t len, bool ascii)
{
    size_t width;

    tmpl_buf_addch(b, '"');
    for (size_t i = 0; i < len && !b->over; i += width) {
        unsigned long rune = tmpl_utf8_decode(s + i, len - i, &width);

        if (rune == '"' || rune == '\\')
            tmpl_buf_addf(b, "\\%c", (char)rune);
        else if (rune < 0x20 || rune == 0x7f || (rune == TMPL_RUNE_BAD && width == 1))
            quote_control(b, (unsigned char)s[i]);
        else if (rune < 0x7f || (!ascii && is_printable(rune)))
            tmpl_buf_add(b, s + i, width);
        else
            tmpl_buf_addf(b, rune > 0xffff ? "\\U%08lx" : "\\u%04lx", rune);
    }
    tmpl_buf_addch(b, '"');
}
