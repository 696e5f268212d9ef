#include "lib/sbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

/* Makes room for 'more' bytes and a NUL. */
static void room(struct sbuf *b, size_t more)
{
    size_t need = b->len + more + 1;

    if (need <= b->cap)
        return;
    size_t cap = b->cap ? b->cap * 2 : 64;
    b->cap = cap < need ? need : cap;
    b->data = xreallocarray(b->data, b->cap, 1);
}

void sbuf_done(struct sbuf *b)
{
    free(b->data);
    *b = (struct sbuf)SBUF_INIT;
}

void sbuf_clear(struct sbuf *b)
{
    room(b, 0);
    b->len = 0;
    b->data[0] = '\0';
}

void sbuf_addch(struct sbuf *b, char c)
{
    sbuf_add(b, &c, 1);
}

void sbuf_adds(struct sbuf *b, const char *s)
{
    sbuf_add(b, s, strlen(s));
}

void sbuf_add(struct sbuf *b, const void *data, size_t len)
{
    room(b, len);
    if (len)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void sbuf_addf(struct sbuf *b, const char *format, ...)
{
    va_list args, again;

    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len > 0) {
        room(b, (size_t)len);
        vsnprintf(b->data + b->len, (size_t)len + 1, format, again);
        b->len += (size_t)len;
    }
    va_end(again);
}

void sbuf_add_printable(struct sbuf *b, const char *s)
{
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;

        if (c >= 0x20 && c <= 0x7e)
            sbuf_addch(b, *s);
        else
            sbuf_addf(b, "\\x%02x", c);
    }
}

void sbuf_drop(struct sbuf *b, size_t len)
{
    if (len >= b->len) {
        sbuf_clear(b);
        return;
    }
    memmove(b->data, b->data + len, b->len - len + 1);
    b->len -= len;
}

const char *sbuf_str(struct sbuf *b)
{
    return b->data ? b->data : "";
}

char *sbuf_take(struct sbuf *b)
{
    room(b, 0);
    b->data[b->len] = '\0';
    char *s = b->data;
    *b = (struct sbuf)SBUF_INIT;
    return s;
}
