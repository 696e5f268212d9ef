#include "lib/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

static enum log_level threshold = LOG_LEVEL_INFO;

static const struct {
    const char *name;
    const char *column; /* padded, so that the areas line up */
    int priority;       /* syslog(3) */
} levels[] = {
    [LOG_LEVEL_ERR] = {"err", "err  ", 3},
    [LOG_LEVEL_WARN] = {"warn", "warn ", 4},
    [LOG_LEVEL_INFO] = {"info", "info ", 6},
    [LOG_LEVEL_DEBUG] = {"debug", "debug", 7},
};

static void emit(enum log_level level, const char *area, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

void log_set_level(enum log_level level)
{
    threshold = level;
}

int log_level_parse(const char *name, enum log_level *ret_level)
{
    for (size_t i = 0; i < ARRAY_LEN(levels); i++)
        if (!strcmp(name, levels[i].name)) {
            *ret_level = (enum log_level)i;
            return 0;
        }
    return -1;
}

#define LOG_FUNCTION(name, level)                                                                  \
    void name(const char *area, const char *format, ...)                                           \
    {                                                                                              \
        va_list args;                                                                              \
        va_start(args, format);                                                                    \
        emit(level, area, format, args);                                                           \
        va_end(args);                                                                              \
    }

LOG_FUNCTION(log_err, LOG_LEVEL_ERR)
LOG_FUNCTION(log_warn, LOG_LEVEL_WARN)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)

static void add_prefix(struct sbuf *line, enum log_level level)
{
    if (getenv("JOURNAL_STREAM")) {
        sbuf_addf(line, "<%d>", levels[level].priority);
        return;
    }
    struct timespec now;
    struct tm utc;
    char stamp[32];

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    sbuf_addf(line, "%s.%03ldZ %s ", stamp, now.tv_nsec / 1000000, levels[level].column);
}

static void emit(enum log_level level, const char *area, const char *format, va_list args)
{
    if (level > threshold)
        return;
    CLEAN(free_str) char *text = xvasprintf(format, args);
    struct sbuf line = SBUF_INIT;

    add_prefix(&line, level);
    sbuf_addf(&line, "%s: ", area);
    sbuf_add_printable(&line, text);
    sbuf_addch(&line, '\n');
    /* One write, so that lines of several processes do not mix; nothing is left to do on failure.
     */
    ssize_t written = write(STDERR_FILENO, line.data, line.len);
    (void)written;
    sbuf_done(&line);
}
