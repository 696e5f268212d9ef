#include "portmap/ports.h"

#include <errno.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/file.h"
#include "lib/xmalloc.h"

#define FILE_MAX (64 * 1024 * 1024) /* bytes: every port, with the longest names */

int ports_read(const char *path, struct sticky *s, struct err **err)
{
    struct err *failed = NULL;
    CLEAN(free_str) char *text = file_read(path, FILE_MAX, NULL, &failed);

    if (text) {
        sticky_read(s, text);
    } else if (err_code(failed) != ENOENT) {
        *err = failed;
        return -1;
    }
    err_free(failed);
    return 0;
}

int ports_write(const char *path, const struct sticky *s, struct err **err)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    if (file_make_dirs_of(path, 0755, err))
        return -1;
    sbuf_adds(&text, "# Host ports that containers had last: protocol, host port, container port, "
                     "container name.\n");
    sticky_write(s, &text);
    return file_replace(path, text.data, text.len, 0644, err);
}
