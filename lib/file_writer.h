/* A file that is replaced atomically, written piece by piece.
 *
 * The pieces go to a temporary file beside it, which takes its place at the end. What is written is
 * on its way to the disk at once, so that the end does not wait for all of it. */
#ifndef LIB_FILE_WRITER_H
#define LIB_FILE_WRITER_H

#include <stddef.h>
#include <sys/types.h>

#include "lib/err.h"

struct file_writer;

/* Begins to write 'path'; 'mode' is set whatever the umask. */
struct file_writer *file_writer_new(const char *path, mode_t mode, struct err **err);

/* Appends 'len' bytes. After a failure there is only file_writer_free(). */
int file_writer_add(struct file_writer *w, const void *data, size_t len, struct err **err);

/* Syncs the file and renames it over 'path', so that a reader or a crash sees the old file or the
 * new one. 'w' is freed, also on failure. */
int file_writer_commit(struct file_writer *w, struct err **err);

/* The same without the sync. */
int file_writer_commit_unsynced(struct file_writer *w, struct err **err);

/* Gives up: 'path' stays as it was. */
void file_writer_free(struct file_writer *w);

CLEANER(file_writer, struct file_writer *, file_writer_free);

#endif
