/* Can a port be opened here? Asked before HAProxy is told to: when it fails to open one port it
 * takes none of the new configuration, and a reload does not say which port it was. */
#ifndef LB_TEMPLATE_PORT_H
#define LB_TEMPLATE_PORT_H

#include "lib/err.h"

/* Binds a socket to 'bind' ("*" or a numeric address) and 'port' as HAProxy would, and closes it.
 * Returns 0, or -1 with the reason in 'err'. */
int port_probe(const char *bind, unsigned port, struct err **err);

#endif
