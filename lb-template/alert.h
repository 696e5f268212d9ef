/* What HAProxy complains about: the one line of its output that a person needs. Pure. */
#ifndef LB_TEMPLATE_ALERT_H
#define LB_TEMPLATE_ALERT_H

#include <stdbool.h>
#include <stddef.h>

/* The first ALERT of 'len' bytes of output without its prefix, made printable and cut; where there
 * is none, the last line; where there is no line, "no reason given". The caller frees it. */
char *alert_first(const char *output, size_t len);

/* The same of a program that has ended, or that was killed because it took too long. */
char *alert_of(const char *output, size_t len, bool timed_out);

/* The line of the file 'path' that the next ALERT from '*at' on names; 0: none names one. '*at', in
 * a NUL-ended text, is moved behind it. '*ret_words' gets what alert_first() makes of it; the
 * caller frees it. */
size_t alert_line(const char **at, const char *path, char **ret_words);

#endif
