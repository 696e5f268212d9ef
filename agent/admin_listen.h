/* The sockets that an admin server listens at. */
#ifndef AGENT_ADMIN_LISTEN_H
#define AGENT_ADMIN_LISTEN_H

#include <stdbool.h>

#include "lib/err.h"

/* A listening TCP socket at 'address', "127.0.0.1:7707". 'is_early': it may be an address that this
 * host gets later. Returns the descriptor, or -1. */
int admin_listen_at(const char *address, bool is_early, struct err **err);

/* A listening unix socket at 'path' that its owner and group can use, mode 0660. One that a dead
 * process has left is replaced, one that somebody answers is not, nor is a file of another kind.
 * Its directory is made where it is missing. Returns the descriptor, or -1. */
int admin_listen_unix(const char *path, struct err **err);

#endif
