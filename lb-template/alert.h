/* What HAProxy complains about: the one line of its output that a person needs. Pure. */
#ifndef LB_TEMPLATE_ALERT_H
#define LB_TEMPLATE_ALERT_H

#include <stddef.h>

/* The first ALERT of 'len' bytes of output without its prefix, made printable and cut; where there
 * is none, the last line; where there is no line, "no reason given". The caller frees it. */
char *alert_first(const char *output, size_t len);

#endif
