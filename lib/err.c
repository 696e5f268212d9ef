#include "lib/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/xmalloc.h"

static int set(struct err **err, int code, char *msg);

int err_set(struct err **err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int status = err_vset(err, format, args);
    va_end(args);
    return status;
}

int err_vset(struct err **err, const char *format, va_list args)
{
    return set(err, 0, xvasprintf(format, args));
}

int err_set_errno(struct err **err, int code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    CLEAN(free_str) char *what = xvasprintf(format, args);
    va_end(args);
    return set(err, code, xasprintf("%s: %s", what, strerror(code)));
}

int err_set_code(struct err **err, int code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *msg = xvasprintf(format, args);
    va_end(args);
    return set(err, code, msg);
}

int err_wrap(struct err **err, const char *format, ...)
{
    va_list args;

    if (!err || !*err)
        return -1;
    va_start(args, format);
    CLEAN(free_str) char *context = xvasprintf(format, args);
    va_end(args);
    char *msg = xasprintf("%s: %s", context, (*err)->msg);
    free((*err)->msg);
    (*err)->msg = msg;
    return -1;
}

const char *err_msg(const struct err *err)
{
    return err ? err->msg : "unknown error";
}

int err_code(const struct err *err)
{
    return err ? err->code : 0;
}

void err_free(struct err *err)
{
    if (!err)
        return;
    free(err->msg);
    free(err);
}

static int set(struct err **err, int code, char *msg)
{
    if (!err) {
        free(msg);
        return -1;
    }
    *err = xmalloc(sizeof **err);
    (*err)->code = code;
    (*err)->msg = msg;
    return -1;
}
