/* Memory of one parse or one execution, freed at once.
 *
 * An arena has a limit. Passing it sets 'over' and is no error by itself: strings and lists that
 * would grow further stay as they are, and the evaluator, which looks at 'over' after each step,
 * ends the execution. So no function of the language has an error path for memory.
 * Pure: values in, values out. */
#ifndef LB_TEMPLATE_TMPL_ARENA_H
#define LB_TEMPLATE_TMPL_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/clean.h"

struct tmpl_chunk;

struct tmpl_arena {
    struct tmpl_chunk *chunks; /* owned, newest first */
    char *at, *end;            /* what is left of the newest one */
    size_t used;               /* bytes handed out */
    size_t limit;              /* 0: none */
    bool over;                 /* more than 'limit' was asked for */
};

void tmpl_arena_init(struct tmpl_arena *a, size_t limit);
void tmpl_arena_done(struct tmpl_arena *a);

/* 'size' bytes, zeroed and aligned for any value; never NULL. */
void *tmpl_alloc(struct tmpl_arena *a, size_t size);

/* Resizes 'old' from 'old_size' to 'size' bytes, in place where it is the newest piece. What is
 * new is not zeroed. */
void *tmpl_grow(struct tmpl_arena *a, void *old, size_t old_size, size_t size);

/* False, and 'a->over' set, where 'size' more bytes would pass the limit. */
bool tmpl_arena_room(struct tmpl_arena *a, size_t size);

/* A copy of 'len' bytes with a NUL behind them. */
char *tmpl_copy(struct tmpl_arena *a, const char *s, size_t len);

/* A string that grows. Without an arena it lies on the heap and 'limit' bounds it; in an arena the
 * arena does. What does not fit is dropped, and 'over' set. */
struct tmpl_buf {
    struct tmpl_arena *arena; /* NULL: heap */
    char *data;
    size_t len, cap;
    size_t limit; /* of a buffer on the heap, bytes */
    bool over;
};

#define TMPL_BUF(a)                                                                                \
    {                                                                                              \
        .arena = (a)                                                                               \
    }

void tmpl_buf_add(struct tmpl_buf *b, const char *s, size_t len);
void tmpl_buf_adds(struct tmpl_buf *b, const char *s);
void tmpl_buf_addch(struct tmpl_buf *b, char c);
void tmpl_buf_fill(struct tmpl_buf *b, char c, size_t n);
void tmpl_buf_addf(struct tmpl_buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* 'rune' in UTF-8; U+FFFD for what is no Unicode character. */
void tmpl_buf_add_rune(struct tmpl_buf *b, unsigned long rune);

static inline void clean_tmpl_arena(struct tmpl_arena *a)
{
    tmpl_arena_done(a);
}

#endif
