#include "lib/base64.h"

#include <stdint.h>
#include <string.h>

/* 0..63, or -1. */
static int value_of(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* Reads four characters, of which 'padding' stand for nothing. Returns 0, or -1. */
static int decode_four(const char *text, size_t padding, struct sbuf *ret)
{
    uint32_t bits = 0;

    for (size_t i = 0; i < 4; i++) {
        int value = i < 4 - padding ? value_of(text[i]) : 0;

        if (value < 0)
            return -1;
        bits = bits << 6 | (uint32_t)value;
    }
    for (size_t i = 0; i < 3 - padding; i++)
        sbuf_addch(ret, (char)(bits >> (16 - 8 * i) & 0xff));
    return 0;
}

int base64_decode(const char *text, struct sbuf *ret)
{
    CLEAN(sbuf) struct sbuf bytes = SBUF_INIT;
    size_t len = strlen(text), padding = 0;

    if (len % 4)
        return -1;
    while (padding < 2 && padding < len && text[len - 1 - padding] == '=')
        padding++;
    for (size_t i = 0; i < len; i += 4)
        if (decode_four(text + i, i + 4 == len ? padding : 0, &bytes))
            return -1;
    sbuf_add(ret, bytes.data ? bytes.data : "", bytes.len);
    return 0;
}
