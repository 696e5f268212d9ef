/* One line of the log, in the form that its reader wants. Pure.
 *
 *     text     2026-11-20T21:40:00.123Z info  portmap: mapping added host-port=28001
 *     logfmt   time=2026-11-20T21:40:00.123Z level=info area=portmap msg="mapping added"
 *              host-port=28001
 *     json     {"time":"...","level":"info","area":"portmap","msg":"mapping added",
 *              "host-port":"28001"}
 *
 * For the journal, which keeps the time and knows eight priorities, the time is left out and the
 * line begins with "<N>", as sd-daemon(3) has it. */
#ifndef LIB_LOG_LINE_H
#define LIB_LOG_LINE_H

#include <stdbool.h>
#include <time.h>

#include "lib/log_fact.h"
#include "lib/sbuf.h"

enum log_format { LOG_TEXT, LOG_LOGFMT, LOG_JSON };

struct log_line {
    const char *level;    /* "err", "warn", "info", "debug" */
    int priority;         /* of syslog(3) */
    const char *area;     /* letters, digits, blanks and ".-" */
    struct log_fact fact; /* borrowed; control characters and bytes beyond ASCII become \xNN */
    struct timespec now;  /* since the epoch */
    bool journal;
};

/* Appends the line with its end. */
void log_line_add(struct sbuf *out, enum log_format format, const struct log_line *l);

/* Reads "text", "logfmt" or "json". Returns 0, or -1 where 'name' is none of them. */
int log_format_parse(const char *name, enum log_format *ret);

/* Does the journal read the file 'device':'inode'? 'stream' is the variable JOURNAL_STREAM, or
 * NULL. */
bool log_stream_is(const char *stream, unsigned long long device, unsigned long long inode);

#endif
