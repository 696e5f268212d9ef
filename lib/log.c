#include "lib/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/clean.h"
#include "lib/log_fact.h"
#include "lib/log_ring.h"
#include "lib/log_syslog.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

static enum log_level threshold = LOG_LEVEL_INFO;
static enum log_format form = LOG_TEXT;
static const struct log_syslog *daemon_too; /* NULL: standard error alone */
static struct log_ring *kept;               /* NULL: nowhere */

static const struct {
    const char *name;
    int priority; /* syslog(3) */
} levels[] = {
    [LOG_LEVEL_ERR] = {"err", 3},
    [LOG_LEVEL_WARN] = {"warn", 4},
    [LOG_LEVEL_INFO] = {"info", 6},
    [LOG_LEVEL_DEBUG] = {"debug", 7},
};

static void emit(enum log_level level, const char *area, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));
static void put_out(const struct log_line *l);

void log_set_level(enum log_level level)
{
    threshold = level;
}

void log_set_format(enum log_format format)
{
    form = format;
}

void log_set_syslog(const struct log_syslog *syslog)
{
    daemon_too = syslog;
}

void log_set_ring(struct log_ring *ring)
{
    kept = ring;
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

/* Asked once: a program's standard error stays what it is. */
static bool is_journal(void)
{
    static int answer = -1;
    struct stat st;

    if (answer < 0)
        answer = !fstat(STDERR_FILENO, &st) &&
                 log_stream_is(getenv("JOURNAL_STREAM"), st.st_dev, st.st_ino);
    return answer;
}

static void emit(enum log_level level, const char *area, const char *format, va_list args)
{
    bool is_kept = kept && level <= LOG_LEVEL_INFO;

    if (level > threshold && !is_kept)
        return;
    struct log_line l = {.level = levels[level].name,
                         .priority = levels[level].priority,
                         .area = area,
                         .journal = is_journal()};
    log_fact_make(&l.fact, format, args);
    clock_gettime(CLOCK_REALTIME, &l.now);
    if (level <= threshold)
        put_out(&l);
    if (is_kept)
        log_ring_add(kept, l.level, area, &l.now, &l.fact);
    log_fact_done(&l.fact);
}

/* One write, so that lines of several processes do not mix; nothing is left to do on failure. */
static void put_out(const struct log_line *l)
{
    CLEAN(sbuf) struct sbuf line = SBUF_INIT;

    log_line_add(&line, form, l);
    ssize_t written = write(STDERR_FILENO, line.data, line.len);
    (void)written;
    if (!daemon_too)
        return;
    sbuf_clear(&line);
    log_fact_print(&line, &l->fact);
    log_syslog_send(daemon_too, l->priority, sbuf_str(&line));
}
