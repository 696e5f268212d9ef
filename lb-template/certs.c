#include "lb-template/certs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lb-template/name.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"

static int list(const char *dir, struct strv *ret, struct err **err);
static void add_file(int dir, const char *name, struct strv *ret);

int certs_stamp(const char *dir, char ret[CERTS_STAMP_LEN + 1], struct err **err)
{
    struct strv files = {0};

    if (list(dir, &files, err)) {
        strv_done(&files);
        return -1;
    }
    strv_sort_unique(&files);
    CLEAN(free_str) char *text = strv_join(&files, "\n");
    size_t n = files.n;
    strv_done(&files);
    if (!n)
        return err_set(err, "there is no certificate in %s: put one there, with its key", dir);
    snprintf(ret, CERTS_STAMP_LEN + 1, "%08" PRIx32, name_hash(text));
    return 0;
}

static int list(const char *dir, struct strv *ret, struct err **err)
{
    DIR *d = opendir(dir);

    if (!d)
        return err_set_errno(err, errno, "cannot read %s", dir);
    for (struct dirent *e; ret->n < CERTS_MAX && (e = readdir(d));)
        if (e->d_name[0] != '.')
            add_file(dirfd(d), e->d_name, ret);
    closedir(d);
    return 0;
}

static void add_file(int dir, const char *name, struct strv *ret)
{
    struct stat st;

    if (!fstatat(dir, name, &st, 0) && S_ISREG(st.st_mode))
        strv_add_take(ret, xasprintf("%s %lld %lld.%09ld", name, (long long)st.st_size,
                                     (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec));
}
