/* haproxy.cfg and the host map as they lie in the directory.
 *
 * They always hold what was last loaded or, at run time, changed; so HAProxy comes up right whoever
 * starts it. */
#ifndef LB_TEMPLATE_FILES_H
#define LB_TEMPLATE_FILES_H

#include <sys/types.h>

#include "lb-template/cfg.h"
#include "lib/err.h"

#define FILES_MAX (64u * 1024 * 1024) /* bytes of each that are read */
#define FILES_MODE 0644               /* there is no secret in them */

struct files {
    char *cfg, *map;           /* NULL: not there, or not readable */
    struct haproxy_cfg parsed; /* 'cfg' */
    pid_t of;                  /* the worker that answered when they were read; 0: read again */
};

/* Reads both. */
void files_read(struct files *f, const char *cfg_path, const char *map_path, pid_t worker);

/* Writes what differs, the map first: it is what a reload by somebody else must not miss. */
int files_write(struct files *f, const char *cfg_path, const char *map_path, const char *cfg,
                const char *map, struct err **err);

void files_done(struct files *f);

#endif
