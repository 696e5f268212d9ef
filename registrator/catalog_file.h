/* The last good catalog as a file: what a load balancer serves while its registry is away.
 *
 * JSON, replaced atomically. It is read once, at the start. */
#ifndef REGISTRATOR_CATALOG_FILE_H
#define REGISTRATOR_CATALOG_FILE_H

#include "lib/err.h"
#include "registrator/instance.h"

/* Writes 'catalog', seen at 'when' (seconds since the epoch), to 'path'. */
int catalog_file_write(const char *path, const struct instances *catalog, double when,
                       struct err **err);

/* Reads it into the empty 'ret', sorted by instance_cmp(), and says in '*ret_when' when it was
 * seen. err code ENOENT where there is no such file. What is no instance in it is left out. */
int catalog_file_read(const char *path, struct instances *ret, double *ret_when, struct err **err);

#endif
