/* haproxy.cfg and its maps as they lie on the disk.
 *
 * They hold what was last loaded or, at run time, changed; so HAProxy comes up right whoever starts
 * it. Small ones are written at each change. Large ones, where writing would cost more than the
 * change itself, follow it: right behind its commands after quiet, once in FILES_LATE seconds while
 * changes go on. They are not synced. */
#ifndef LB_TEMPLATE_FILES_H
#define LB_TEMPLATE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lb-template/model.h"
#include "lb-template/rendering.h"
#include "lib/err.h"

#define FILES_MAX (256u * 1024 * 1024) /* bytes of each that are read */
#define FILES_MODE 0644                /* there is no secret in them */
#define FILES_SMALL (1024u * 1024)     /* bytes of all that are written at once */
#define FILES_LATE 1.0                 /* seconds */

/* What they should be. Nothing is taken over. */
struct files_wish {
    const struct rendering *rendering;
    const struct strv *without; /* owners that are left out */
    const struct model *model;  /* of the two */
    const char *socket; /* statistics socket for berth that the text gets; NULL: it has one */
};

struct files {
    char *cfg_path;
    struct model cfg; /* what is in haproxy.cfg; no part: not known */
    uint64_t *stamps; /* of the rendering's maps, as they are on the disk; 0: not known */
    size_t n_stamps;
    double dirty_since; /* they lag behind; 0: they do not */
    double written;     /* when large ones were written last; 0: not lately */
};

void files_init(struct files *f, const char *cfg_path);
void files_done(struct files *f);

/* Somebody else may have written them. */
void files_forget(struct files *f);

/* Is there a haproxy.cfg? */
bool files_exist(const struct files *f);

/* Parses haproxy.cfg into '*ret', which is zeroed; one that cannot be read has nothing. */
void files_read(const struct files *f, struct model *ret);

/* Are they as 'w' says? */
bool files_are(struct files *f, const struct files_wish *w);

/* Writes what differs from 'w', the maps first: they are what a reload by somebody else must not
 * miss. '*ret_due' is when to call again for what was put off, 'now' at the
 * earliest; 0: nothing was. */
int files_write(struct files *f, const struct files_wish *w, double now, double *ret_due,
                struct err **err);

/* Writes all of them, haproxy.cfg at 'cfg_path', as for a load. */
int files_write_all(const char *cfg_path, const struct files_wish *w, struct err **err);

/* Writes haproxy.cfg, with the mark, at 'path', piece by piece: it is large. */
int files_write_cfg(const char *path, const struct files_wish *w, bool sync, struct err **err);

/* Writes those maps that do not exist: HAProxy checks no configuration without them. */
int files_make_maps(const struct rendering *r, struct err **err);

#endif
