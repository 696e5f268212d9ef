/* The file that remembers which container name had which host port; see sticky.h.
 *
 * Nothing depends on it but which port is chosen: the kernel's map holds the leases. A file that is
 * missing or damaged costs the old ports, no more. */
#ifndef PORTMAP_PORTS_H
#define PORTMAP_PORTS_H

#include "lib/err.h"
#include "portmap/sticky.h"

/* Reads the file 'path' into 's' (empty). A file that is missing has nothing to say. */
int ports_read(const char *path, struct sticky *s, struct err **err);

/* Writes 's' to the file 'path', whose directory is made where it is missing. */
int ports_write(const char *path, const struct sticky *s, struct err **err);

#endif
