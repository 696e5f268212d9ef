#include "lb-template/backup.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/xmalloc.h"

static char *copy_of(const char *path);

int backup_keep(struct backup *b, const char *path, struct err **err)
{
    CLEAN(free_str) char *copy = copy_of(path);

    unlink(copy);
    if (!link(path, copy))
        strv_add(&b->kept, path);
    else if (errno == ENOENT)
        strv_add(&b->none, path);
    else
        return err_set_errno(err, errno, "cannot keep %s as %s", path, copy);
    return 0;
}

void backup_restore(struct backup *b)
{
    for (size_t i = 0; i < b->kept.n; i++) {
        CLEAN(free_str) char *copy = copy_of(b->kept.v[i]);

        rename(copy, b->kept.v[i]);
        unlink(copy); /* a rename of a file to itself leaves both */
    }
    for (size_t i = 0; i < b->none.n; i++)
        unlink(b->none.v[i]);
    strv_done(&b->kept);
    strv_done(&b->none);
}

void backup_drop(struct backup *b)
{
    for (size_t i = 0; i < b->kept.n; i++) {
        CLEAN(free_str) char *copy = copy_of(b->kept.v[i]);

        unlink(copy);
    }
    strv_done(&b->kept);
    strv_done(&b->none);
}

static char *copy_of(const char *path)
{
    return xasprintf("%s.last", path);
}
