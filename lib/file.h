/* Whole files: read with a limit, replaced atomically. */
#ifndef LIB_FILE_H
#define LIB_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "lib/err.h"

/* Writes 'len' bytes to a temporary file beside 'path', syncs it, and renames it over 'path', so
 * that a reader or a crash sees the old file or the new one. 'mode' is set whatever the umask. */
int file_replace(const char *path, const void *data, size_t len, mode_t mode, struct err **err);

/* The same without the sync: for what is large, written often, and made anew after a crash. */
int file_replace_unsynced(const char *path, const void *data, size_t len, mode_t mode,
                          struct err **err);

/* The content of 'path', at most 'limit' bytes, NUL-ended; the caller frees it. '*ret_len' may be
 * NULL. err code ENOENT where there is no such file. */
char *file_read(const char *path, size_t limit, size_t *ret_len, struct err **err);

/* The same of 'fd', which is open at its beginning and stays open. */
char *file_read_fd(int fd, const char *path, size_t limit, size_t *ret_len, struct err **err);

/* Makes the directory 'path' and its parents as far as they are missing. */
int file_make_dirs(const char *path, mode_t mode, struct err **err);

/* The same for the directory that the file 'path' lies in. */
int file_make_dirs_of(const char *path, mode_t mode, struct err **err);

#endif
