#include "lib/search.h"

size_t search_sorted(const void *v, size_t n, size_t size, const void *key,
                     int (*compare)(const void *key, const void *member), bool *ret_found)
{
    size_t low = 0, high = n;

    *ret_found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(key, (const char *)v + middle * size);

        if (!order) {
            *ret_found = true;
            return middle;
        }
        if (order > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
