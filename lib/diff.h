/* Wanted against actual: one walk over two sorted arrays. */
#ifndef LIB_DIFF_H
#define LIB_DIFF_H

#include <stddef.h>

enum diff_op {
    DIFF_ADD,    /* wanted, not there */
    DIFF_DELETE, /* there, not wanted */
    DIFF_CHANGE, /* both, with another value */
    DIFF_SAME,
};

struct diff_rules {
    size_t size;                                          /* of one member of either array */
    int (*compare)(const void *, const void *);           /* by key; both arrays are sorted by it */
    int (*equal)(const void *wanted, const void *actual); /* same value? called for equal keys */
};

/* Calls 'visit' once per key, in key order. 'wanted' is NULL for DIFF_DELETE, 'actual' for
 * DIFF_ADD. Keys must be unique in each array. */
void diff_sorted(const struct diff_rules *rules, const void *wanted, size_t n_wanted,
                 const void *actual, size_t n_actual,
                 void (*visit)(enum diff_op op, const void *wanted, const void *actual, void *arg),
                 void *arg);

#endif
