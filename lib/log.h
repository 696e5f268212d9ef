/* One fact a line, on stderr.
 *
 *     2026-11-20T21:40:00.123Z info  portmap: mapping added host-port=28001 container=web-1
 *
 * 'area' names the room that speaks. err: a person must act. warn: tolerated. info: state changed.
 * debug: flow. Control characters and bytes that are no ASCII are escaped as \xNN, so that nothing
 * from outside can forge a line. Words key=value at the end of a format are fields (log_fact.h):
 * ids that a reader can look for. Other forms, and what the journal reads, are log_line.h's. */
#ifndef LIB_LOG_H
#define LIB_LOG_H

#include "lib/log_line.h"

struct log_ring;   /* lib/log_ring.h */
struct log_syslog; /* lib/log_syslog.h */

enum log_level { LOG_LEVEL_ERR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Lines less urgent than 'level' are dropped. The default is LOG_LEVEL_INFO. */
void log_set_level(enum log_level level);

/* The form of each line from now on. The default is LOG_TEXT. */
void log_set_format(enum log_format format);

/* Has each line sent to 'syslog', too, which is borrowed; NULL: no more. */
void log_set_syslog(const struct log_syslog *syslog);

/* Keeps each line at info and above in 'ring', too, which is borrowed, whatever the level; NULL: no
 * more. */
void log_set_ring(struct log_ring *ring);

/* Reads "err", "warn", "info" or "debug". Returns 0, or -1 where 'name' is none of them. */
int log_level_parse(const char *name, enum log_level *ret_level);

void log_err(const char *area, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_warn(const char *area, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_info(const char *area, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_debug(const char *area, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
