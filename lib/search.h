/* Where a key is in a sorted array, or where it belongs. Pure. */
#ifndef LIB_SEARCH_H
#define LIB_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

/* The index of 'key' among the 'n' members of 'size' bytes at 'v', which are sorted by 'compare'
 * and unique. Where it is missing, '*ret_found' is false and the index is where it belongs. */
size_t search_sorted(const void *v, size_t n, size_t size, const void *key,
                     int (*compare)(const void *key, const void *member), bool *ret_found);

#endif
