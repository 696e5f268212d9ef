/* conf/haproxy.ctmpl as a part of the program; the build makes haproxy_ctmpl.c from it. Pure. */
#ifndef LB_TEMPLATE_HAPROXY_CTMPL_H
#define LB_TEMPLATE_HAPROXY_CTMPL_H

#include <stddef.h>

extern const char haproxy_ctmpl[];
extern const size_t haproxy_ctmpl_len;

#endif
