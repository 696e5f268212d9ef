/* Key-value pairs in the order in which they were said: labels, environment, Meta. */
#ifndef LIB_KV_H
#define LIB_KV_H

#include <stdbool.h>
#include <stddef.h>

struct kv {
    char *key;   /* owned */
    char *value; /* owned */
};

struct kvs {
    struct kv *v;
    size_t n;
    size_t cap;
};

void kvs_done(struct kvs *m);

/* Appends a pair without looking for an earlier one of the same key. */
void kvs_add(struct kvs *m, const char *key, const char *value);

/* Replaces the value of 'key', or appends the pair. */
void kvs_set(struct kvs *m, const char *key, const char *value);

/* Removes 'key' where it is. */
void kvs_unset(struct kvs *m, const char *key);

/* The value of the last pair with 'key', or NULL. Owned by 'm'. */
const char *kvs_get(const struct kvs *m, const char *key);

/* By key, byte order; equal keys keep their order. */
void kvs_sort(struct kvs *m);

/* Same pairs in the same order. */
bool kvs_equal(const struct kvs *a, const struct kvs *b);

void kvs_copy(struct kvs *dst, const struct kvs *src);

#endif
