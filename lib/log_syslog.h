/* The second way of the log: to the syslog daemon, one datagram a line, as RFC 3164 has it.
 *
 * A daemon that is away or does not read costs lines, never time: standard error has them, too. */
#ifndef LIB_LOG_SYSLOG_H
#define LIB_LOG_SYSLOG_H

#include <time.h>

#include "lib/err.h"
#include "lib/sbuf.h"

#define LOG_SYSLOG_SOCKET "/dev/log"

struct log_syslog;

/* Opens 'socket'. 'facility' as syslog.conf(5) names it, in any case: "LOCAL0", "daemon". 'tag'
 * names the program; it is copied. NULL on failure. */
struct log_syslog *log_syslog_new(const char *socket, const char *facility, const char *tag,
                                  struct err **err);
void log_syslog_free(struct log_syslog *s);

/* Sends 'text', which has no line end, with the 'priority' of syslog(3). */
void log_syslog_send(const struct log_syslog *s, int priority, const char *text);

/* Appends what is sent: "<134>Nov 20 21:40:00 tag[pid]: text". It does no I/O. */
void log_syslog_add(struct sbuf *out, int priority, const struct tm *when, const char *tag,
                    long pid, const char *text);

#endif
