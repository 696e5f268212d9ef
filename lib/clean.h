/* Locals that clean up after themselves.
 *
 *     CLEAN(free_str) char *s = xstrdup("...");      freed at the end of the block
 *     return TAKE_PTR(s);                            ... unless ownership moves on
 *
 * A module that owns a type declares its own cleaner with CLEANER(name, type, function). */
#ifndef LIB_CLEAN_H
#define LIB_CLEAN_H

#include <stdlib.h>
#include <unistd.h>

#define CLEAN(name) __attribute__((cleanup(clean_##name)))

/* Defines clean_<name>() for locals of 'type', which is a pointer type. */
#define CLEANER(name, type, function)                                                              \
    static inline void clean_##name(type *p)                                                       \
    {                                                                                              \
        function(*p);                                                                              \
    }                                                                                              \
    struct clean_semicolon_##name

/* The pointer's value; the variable itself becomes NULL. */
#define TAKE_PTR(p)                                                                                \
    ({                                                                                             \
        __typeof__(p) take_ptr_ = (p);                                                             \
        (p) = NULL;                                                                                \
        take_ptr_;                                                                                 \
    })

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static inline void clean_free_str(char **p)
{
    free(*p);
}

static inline void clean_close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

#endif
