/* The socket that holds one host port: bound, and deaf. It neither listens nor receives.
 *
 * A mapping's key says which port it is, at which address of the host. The socket may come from
 * bind(2), or from the service manager after a restart; then it is looked at as closely as if a
 * stranger had sent it. hold.h keeps the list. */
#ifndef PORTMAP_HOLD_SOCKET_H
#define PORTMAP_HOLD_SOCKET_H

#include "portmap/mapping.h"

/* Holds the host port of 'm' at its host address. Returns 0 and a descriptor in '*ret_fd', -1 for
 * a port of SCTP where the kernel has no such sockets; or an errno value: EADDRINUSE where somebody
 * has the port. */
int hold_socket_open(const struct mapping *m, int *ret_fd);

/* Writes the key of what 'fd' holds to '*ret', whose other members are empty. Returns 0; or -1 for
 * anything but a socket that hold_socket_open() could have made. */
int hold_socket_read(int fd, struct mapping *ret);

/* The name for the service manager's store: "t28001", or "t28001-c0000201" at 192.0.2.1. The caller
 * frees it. */
char *hold_socket_name(const struct mapping *m);

#endif
