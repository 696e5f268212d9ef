/* A string that grows. 'data' is always ended with a NUL, which 'len' does not count. */
#ifndef LIB_SBUF_H
#define LIB_SBUF_H

#include <stddef.h>

#include "lib/clean.h"

struct sbuf {
    char *data; /* never NULL after the first sbuf_ call; owned */
    size_t len;
    size_t cap;
};

#define SBUF_INIT                                                                                  \
    {                                                                                              \
        0                                                                                          \
    }

void sbuf_done(struct sbuf *b);

/* Empties 'b' and keeps its memory. */
void sbuf_clear(struct sbuf *b);

void sbuf_addch(struct sbuf *b, char c);
void sbuf_adds(struct sbuf *b, const char *s);
void sbuf_add(struct sbuf *b, const void *data, size_t len);
void sbuf_addf(struct sbuf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends 's' with every byte outside 0x20..0x7e written as \xNN. */
void sbuf_add_printable(struct sbuf *b, const char *s);

/* Removes the first 'len' bytes, at most all. */
void sbuf_drop(struct sbuf *b, size_t len);

/* The string, "" when nothing was added. Valid until the next call. */
const char *sbuf_str(struct sbuf *b);

/* Hands the string to the caller, who frees it; 'b' is empty afterwards. */
char *sbuf_take(struct sbuf *b);

static inline void clean_sbuf(struct sbuf *b)
{
    sbuf_done(b);
}

#endif
