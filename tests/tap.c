#include "tests/tap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/err.h"
#include "lib/file.h"
#include "lib/xmalloc.h"

#define FIXTURE_MAX (16 * 1024 * 1024)

static unsigned checks, failures;

static bool report(bool pass, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
static bool report_text(bool pass, const char *got, const char *wanted, const char *name,
                        va_list args) __attribute__((format(printf, 4, 0)));

static bool report(bool pass, const char *format, va_list args)
{
    checks++;
    failures += !pass;
    printf("%sok %u - ", pass ? "" : "not ", checks);
    vprintf(format, args);
    putchar('\n');
    fflush(stdout);
    return pass;
}

/* Prints 'text' as TAP comments. */
static void comment(const char *title, const char *text)
{
    printf("# %s:\n", title);
    while (text && *text) {
        size_t len = strcspn(text, "\n");

        printf("#   %.*s\n", (int)len, text);
        text += len + (text[len] == '\n');
    }
}

bool ok(bool pass, const char *name, ...)
{
    va_list args;

    va_start(args, name);
    report(pass, name, args);
    va_end(args);
    return pass;
}

bool is_int(long long got, long long wanted, const char *name, ...)
{
    va_list args;

    va_start(args, name);
    bool pass = report(got == wanted, name, args);
    va_end(args);
    if (!pass)
        printf("#   got %lld, wanted %lld\n", got, wanted);
    return pass;
}

/* Both texts where they are not as they should be. */
static bool report_text(bool pass, const char *got, const char *wanted, const char *name,
                        va_list args)
{
    report(pass, name, args);
    if (!pass) {
        comment("got", got ? got : "(NULL)");
        comment("wanted", wanted ? wanted : "(NULL)");
    }
    return pass;
}

static bool is_same(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

bool is_str(const char *got, const char *wanted, const char *name, ...)
{
    va_list args;

    va_start(args, name);
    bool pass = report_text(is_same(got, wanted), got, wanted, name, args);
    va_end(args);
    return pass;
}

bool is_message(const char *got, const char *wanted, const char *name, ...)
{
    size_t len = wanted ? strlen(wanted) : 0;
    bool goes_on = got && len > 3 && !strcmp(wanted + len - 3, "...");
    va_list args;

    va_start(args, name);
    bool pass = report_text(goes_on ? !strncmp(got, wanted, len - 3) : is_same(got, wanted), got,
                            wanted, name, args);
    va_end(args);
    return pass;
}

bool is_golden(const char *got, const char *path)
{
    CLEAN(free_str) char *name = xasprintf("golden/%s", path);
    CLEAN(err) struct err *err = NULL;
    const char *mode = getenv("BERTH_GOLDEN");

    if (mode && !strcmp(mode, "write") &&
        file_replace(tests_path(name), got, strlen(got), 0644, &err)) {
        comment("cannot write", err_msg(err));
        return ok(false, "%s", name);
    }
    CLEAN(free_str) char *wanted = file_read(tests_path(name), FIXTURE_MAX, NULL, &err);
    return is_str(got, wanted ? wanted : err_msg(err), "equals %s", name);
}

const char *tests_path(const char *path)
{
    static char full[4096];
    const char *top = getenv("top_srcdir");

    snprintf(full, sizeof full, "%s/tests/%s", top ? top : ".", path);
    return full;
}

char *tests_read(const char *path, size_t *ret_len)
{
    CLEAN(err) struct err *err = NULL;
    char *text = file_read(tests_path(path), FIXTURE_MAX, ret_len, &err);

    if (!text) {
        printf("Bail out! %s\n", err_msg(err));
        exit(99);
    }
    return text;
}

int tap_done(void)
{
    printf("1..%u\n", checks);
    return failures != 0;
}
