/* Files that hold a secret: passwords, tokens, keys.
 *
 * A file that others can read is no secret, and one that others can write is not ours. A symbolic
 * link is followed, as Kubernetes and Docker lay secrets down; what it leads to is what counts. */
#ifndef LIB_SECRET_H
#define LIB_SECRET_H

#include <stddef.h>

#include "lib/err.h"

/* The content of 'path', at most 'limit' bytes, NUL-ended; the caller frees it. '*ret_len' may be
 * NULL. It must be a regular file of root or of this process' user that neither its group can write
 * nor others can touch: the error says how to make it so. err code ENOENT where there is no such
 * file. */
char *secret_read(const char *path, size_t limit, size_t *ret_len, struct err **err);

/* Could it be read? For files that a library opens by itself. */
int secret_check(const char *path, struct err **err);

/* Takes a secret out of the command line, where `ps` shows it to everybody: a copy, which the caller
 * frees; 'argument', a part of argv, becomes as many x. For flags of programs that berth takes the
 * place of. */
char *secret_take_argument(char *argument);

#endif
