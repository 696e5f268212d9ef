/* Reads what a struct host has of /proc, /sys, /etc and the kernel's log.
 *
 * Everything is read below a root directory, "" for this host, so that a recorded tree serves as
 * well. Nothing is waited for, and no file is read beyond its limit. */
#ifndef AGENT_HOST_READ_H
#define AGENT_HOST_READ_H

#include "agent/host.h"
#include "lib/err.h"

/* Fills the files, links, processes, listeners, limits and the first of 'drops' of 'h'. What
 * cannot be read is noted there. */
void host_read(struct host *h, const char *root);

/* Reads /proc/net/stat/nf_conntrack once more, for the second of 'drops'. */
void host_read_drops_again(struct host *h, const char *root);

/* The first 'limit' bytes of <root>/<path> at most, NUL-ended; the caller frees it. '*ret_len' may
 * be NULL. Error code ENOENT where there is no such file. For the readers of one part. */
char *host_read_file(const char *root, const char *path, size_t limit, size_t *ret_len,
                     struct err **err);

#endif
