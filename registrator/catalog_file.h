/* The last good catalog as a file: what a load balancer serves while its registry is away.
 *
 * One JSON document a line: {"seen": <seconds since the epoch>}, then one for each service. It is
 * read once, at the start. It is written a slice at a time, since a large one takes long, and
 * replaced atomically; each service is written as it is when its turn comes. */
#ifndef REGISTRATOR_CATALOG_FILE_H
#define REGISTRATOR_CATALOG_FILE_H

#include "lib/err.h"
#include "registrator/catalog.h"

/* One that is being written. */
struct catalog_file;

/* Begins to write 'path', with a catalog seen at 'when'. */
struct catalog_file *catalog_file_new(const char *path, double when, struct err **err);

/* Writes the next services of 'c', some milliseconds' worth. Returns 1 where there are more, 0 when
 * the file is complete and has been replaced, -1 on failure; 'f' is to be freed after either. */
int catalog_file_write(struct catalog_file *f, const struct catalog *c, struct err **err);

/* Where the file is not complete, the last one stays. */
void catalog_file_free(struct catalog_file *f);

/* Reads 'path' into the empty 'ret', and says in '*ret_when' when it was seen. err code ENOENT
 * where there is no such file. What is no instance in it is left out. */
int catalog_file_read(const char *path, struct catalog *ret, double *ret_when, struct err **err);

#endif
