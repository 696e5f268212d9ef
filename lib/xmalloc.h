/* Memory that is there, or the program ends.
 *
 * Every allocation in berth goes through here. When memory runs out the process aborts with a
 * line on stderr; no caller has an error path for it. All results are released with free(). */
#ifndef LIB_XMALLOC_H
#define LIB_XMALLOC_H

#include <stdarg.h>
#include <stddef.h>

void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);

/* Resizes 'p' to 'n' members of 'size' bytes; aborts when n * size overflows. */
void *xreallocarray(void *p, size_t n, size_t size);

char *xstrdup(const char *s);

/* Copies at most 'len' bytes of 's' and ends them with a NUL. */
char *xstrndup(const char *s, size_t len);

char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *xvasprintf(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

/* Makes room for one more member: 'v' has 'n' members and '*cap' places. Returns the array, moved
 * where it had to grow. */
void *xgrow(void *v, size_t n, size_t *cap, size_t size);

/* Gives what has been freed back to the system, where the C library can: for after something big.
 * It looks at all of the heap, some milliseconds for many megabytes. */
void xtrim(void);

#endif
