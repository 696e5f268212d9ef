/* The directory services.d/: its files as services, followed by inotify.
 *
 * A file that is wrong is reported and keeps the last version that was good. The directory is read
 * as a whole at each change, and now and then without one. It may be made later, or replaced. */
#ifndef REGISTRATOR_VMDIR_H
#define REGISTRATOR_VMDIR_H

#include <ev.h>
#include <stdbool.h>

#include "lib/err.h"
#include "lib/problem.h"
#include "lib/sync.h"
#include "registrator/vmtarget.h"

#define VMDIR_FILES_MAX 256

struct vm_dir;

/* 'path' is copied. 'on_change' is called, from the loop, after the directory has been read and was
 * not as before. */
struct vm_dir *vm_dir_new(struct ev_loop *loop, const char *path, double resync,
                          void (*on_change)(void *arg), void *arg);
void vm_dir_free(struct vm_dir *d);

const char *vm_dir_path(const struct vm_dir *d);

/* Seconds between reads that nothing asked for, from now on. */
void vm_dir_set_resync(struct vm_dir *d, double resync);

/* Reads the directory now. */
void vm_dir_resync(struct vm_dir *d);

/* Reads the directory once and adds what is wrong with its files to 'problems'. Fails where the
 * directory cannot be read; one that is not there is fine. */
int vm_dir_check(const char *path, struct problems *problems, struct err **err);

/* The files, sorted by stem; valid until the loop runs again. */
const struct vm_file *vm_dir_files(const struct vm_dir *d, size_t *ret_n);

/* Has the directory been read? */
bool vm_dir_is_read(const struct vm_dir *d);

/* What is wrong with files, for people. */
const struct problems *vm_dir_problems(const struct vm_dir *d);

const struct sync *vm_dir_sync(const struct vm_dir *d);

#endif
