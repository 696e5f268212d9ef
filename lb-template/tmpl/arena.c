#include "lb-template/tmpl/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lb-template/tmpl/utf8.h"
#include "lib/xmalloc.h"

#define ALIGN 16
#define CHUNK_MIN 4096
#define CHUNK_MAX (1024 * 1024)

struct tmpl_chunk {
    struct tmpl_chunk *next;
    size_t size;
};

#define HEADER ((sizeof(struct tmpl_chunk) + ALIGN - 1) / ALIGN * ALIGN)

static size_t aligned(size_t size)
{
    return (size + ALIGN - 1) / ALIGN * ALIGN;
}

void tmpl_arena_init(struct tmpl_arena *a, size_t limit)
{
    *a = (struct tmpl_arena){.limit = limit};
}

void tmpl_arena_done(struct tmpl_arena *a)
{
    while (a->chunks) {
        struct tmpl_chunk *next = a->chunks->next;

        free(a->chunks);
        a->chunks = next;
    }
    *a = (struct tmpl_arena){0};
}

/* Chunks grow with what is used: little is left over, and a large execution makes few. */
static void add_chunk(struct tmpl_arena *a, size_t need)
{
    size_t size = a->used / 2 > CHUNK_MIN ? a->used / 2 : CHUNK_MIN;

    if (size > CHUNK_MAX)
        size = CHUNK_MAX;
    if (size < need + HEADER)
        size = need + HEADER;
    struct tmpl_chunk *c = xmalloc(size);
    c->next = a->chunks;
    c->size = size;
    a->chunks = c;
    a->at = (char *)c + HEADER;
    a->end = (char *)c + size;
}

static void *take(struct tmpl_arena *a, size_t size)
{
    size = aligned(size);
    tmpl_arena_room(a, size);
    a->used += size;
    if (!a->chunks || (size_t)(a->end - a->at) < size)
        add_chunk(a, size);
    void *p = a->at;
    a->at += size;
    return p;
}

void *tmpl_alloc(struct tmpl_arena *a, size_t size)
{
    void *p = take(a, size);

    memset(p, 0, size);
    return p;
}

void *tmpl_grow(struct tmpl_arena *a, void *old, size_t old_size, size_t size)
{
    size_t had = aligned(old_size), want = aligned(size);

    if (old && want <= had)
        return old;
    if (old && (char *)old + had == a->at && (size_t)(a->end - a->at) >= want - had) {
        a->at += want - had;
        a->used += want - had;
        return old;
    }
    void *p = take(a, size);
    if (old_size)
        memcpy(p, old, old_size);
    return p;
}

bool tmpl_arena_room(struct tmpl_arena *a, size_t size)
{
    if (a->limit && (a->used > a->limit || size > a->limit - a->used))
        a->over = true;
    return !a->over;
}

char *tmpl_copy(struct tmpl_arena *a, const char *s, size_t len)
{
    char *p = take(a, len + 1);

    if (len)
        memcpy(p, s, len);
    p[len] = '\0';
    return p;
}

/* Room for 'more' bytes and a NUL; false where the limit forbids them. */
static bool room(struct tmpl_buf *b, size_t more)
{
    if (!b->arena && b->limit && more > b->limit - b->len)
        b->over = true;
    if (b->over)
        return false;
    if (more < b->cap - b->len)
        return true;
    size_t cap = b->cap ? b->cap * 2 : 64;
    if (cap < b->len + more + 1)
        cap = b->len + more + 1;
    if (b->arena && !tmpl_arena_room(b->arena, more)) {
        b->over = true;
        return false;
    }
    b->data = b->arena ? tmpl_grow(b->arena, b->data, b->cap, cap) : xreallocarray(b->data, cap, 1);
    b->cap = cap;
    return true;
}

void tmpl_buf_add(struct tmpl_buf *b, const char *s, size_t len)
{
    if (!room(b, len))
        return;
    if (len)
        memcpy(b->data + b->len, s, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void tmpl_buf_adds(struct tmpl_buf *b, const char *s)
{
    tmpl_buf_add(b, s, strlen(s));
}

void tmpl_buf_addch(struct tmpl_buf *b, char c)
{
    tmpl_buf_add(b, &c, 1);
}

void tmpl_buf_fill(struct tmpl_buf *b, char c, size_t n)
{
    if (!room(b, n))
        return;
    if (n)
        memset(b->data + b->len, c, n);
    b->len += n;
    b->data[b->len] = '\0';
}

void tmpl_buf_addf(struct tmpl_buf *b, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    CLEAN(free_str) char *s = xvasprintf(format, args);
    va_end(args);
    tmpl_buf_adds(b, s);
}

void tmpl_buf_add_rune(struct tmpl_buf *b, unsigned long rune)
{
    char bytes[4];

    tmpl_buf_add(b, bytes, tmpl_utf8_encode(rune, bytes));
}
