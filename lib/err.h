/* What went wrong, said once and wrapped on the way up.
 *
 * A function that can fail returns 0 or -1 (or a pointer or NULL) and takes 'struct err **err' as
 * its last argument. 'err' may be NULL where the caller does not care; '*err' must be NULL on
 * entry. The function that fails sets it, each level above wraps it with its own context, and only
 * main, a sync pass and an HTTP reply print it. A function either logs or returns an error. */
#ifndef LIB_ERR_H
#define LIB_ERR_H

#include <stdarg.h>

#include "lib/clean.h"

struct err {
    int code;  /* an errno value that says the kind, 0 when there is none */
    char *msg; /* what happened, to which thing, and what to do */
};

/* Sets '*err' with 'code' 0. Always returns -1, so that a caller can return it. */
int err_set(struct err **err, const char *format, ...) __attribute__((format(printf, 2, 3)));
int err_vset(struct err **err, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* The same with 'code', and ": <strerror(code)>" appended. */
int err_set_errno(struct err **err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same as err_set() with a 'code' that callers may test, and nothing appended. */
int err_set_code(struct err **err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "<text>: " before the message of '*err'. Always returns -1. */
int err_wrap(struct err **err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The message, or "unknown error" for NULL. Owned by 'err'. */
const char *err_msg(const struct err *err);

/* The code, or 0 for NULL. */
int err_code(const struct err *err);

void err_free(struct err *err);

CLEANER(err, struct err *, err_free);

#endif
