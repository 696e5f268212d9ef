/* One process at a time: a lock that ends with the process that holds it, however it ends. */
#ifndef LIB_LOCK_H
#define LIB_LOCK_H

#include <sys/types.h>

#include "lib/err.h"

/* Takes the lock that the file 'path' stands for; the file is made where it is missing, and left.
 * Returns a descriptor that holds the lock until it is closed, or -1; error code EWOULDBLOCK where
 * another process holds it: '*ret_pid' says which, 0 where that does not show. */
int lock_take(const char *path, pid_t *ret_pid, struct err **err);

#endif
