/* A list of strings, each owned by the list. */
#ifndef LIB_STRV_H
#define LIB_STRV_H

#include <stdbool.h>
#include <stddef.h>

struct strv {
    char **v;
    size_t n;
    size_t cap;
};

void strv_done(struct strv *l);

/* Appends a copy of 's'. */
void strv_add(struct strv *l, const char *s);

/* Appends a copy of the first 'len' bytes of 's'. */
void strv_addn(struct strv *l, const char *s, size_t len);

/* Appends 's' and takes it over. */
void strv_add_take(struct strv *l, char *s);

/* Removes the member at index 'at', which exists. */
void strv_remove(struct strv *l, size_t at);

/* Removes the first one that equals 's', where there is one. */
void strv_drop(struct strv *l, const char *s);

bool strv_contains(const struct strv *l, const char *s);

/* Sorts by byte value and drops doubles. */
void strv_sort_unique(struct strv *l);

/* Same strings in the same order. */
bool strv_equal(const struct strv *a, const struct strv *b);

void strv_copy(struct strv *dst, const struct strv *src);

/* The strings with 'separator' between them; the caller frees it. */
char *strv_join(const struct strv *l, const char *separator);

#endif
