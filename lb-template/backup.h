/* Files as they were, kept beside the new ones until HAProxy has taken those. */
#ifndef LB_TEMPLATE_BACKUP_H
#define LB_TEMPLATE_BACKUP_H

#include "lib/err.h"
#include "lib/strv.h"

struct backup {
    struct strv kept; /* paths that have a copy, the same path with ".last" */
    struct strv none; /* paths at which there was no file */
};

/* Keeps the file at 'path', however it is replaced from now on. */
int backup_keep(struct backup *b, const char *path, struct err **err);

/* Puts all of them back. What cannot be put back is found by the next pass, which compares the
 * files with what runs. */
void backup_restore(struct backup *b);

/* They are not needed any more. */
void backup_drop(struct backup *b);

#endif
