/* lib/file.h, in a temporary folder. */
#include "lib/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/xmalloc.h"
#include "tests/tap.h"

static void test_replace(const char *path)
{
    struct stat st = {0};
    size_t len = 0;

    is_int(file_replace(path, "one", 3, 0640, NULL), 0, "a file is written");
    is_int(file_replace(path, "a\0b", 3, 0640, NULL), 0, "and replaced");
    CLEAN(free_str) char *text = file_read(path, 3, &len, NULL);
    ok(text && len == 3 && !memcmp(text, "a\0b", 4), "it reads as written, NUL bytes and all");
    stat(path, &st);
    is_int(st.st_mode & 0777, 0640, "its mode is what was asked for");
    CLEAN(free_str) char *temp = xasprintf("%s.new", path);
    is_int(access(temp, F_OK), -1, "nothing is left beside it");
}

static void test_errors(const char *dir, const char *path)
{
    CLEAN(err) struct err *missing = NULL;
    CLEAN(err) struct err *big = NULL;
    CLEAN(err) struct err *denied = NULL;
    CLEAN(free_str) char *none = xasprintf("%s/none/file", dir);

    ok(!file_read(none, 10, NULL, &missing), "a file that is not there");
    is_int(err_code(missing), ENOENT, "says so");
    ok(!file_read(path, 2, NULL, &big), "a file over the limit");
    is_int(err_code(big), EFBIG, "says so, too");
    is_int(file_replace(none, "x", 1, 0600, &denied), -1, "a folder that is not there");
    ok(strstr(err_msg(denied), none) != NULL, "the message names the file");
}

int main(void)
{
    char dir[] = "/tmp/berth-test-file-XXXXXX";

    if (!mkdtemp(dir)) {
        ok(false, "a temporary folder");
        return tap_done();
    }
    CLEAN(free_str) char *deep = xasprintf("%s/a/b", dir);
    CLEAN(free_str) char *upper = xasprintf("%s/a", dir);
    CLEAN(free_str) char *path = xasprintf("%s/file", deep);
    is_int(file_make_dirs(deep, 0755, NULL), 0, "folders are made");
    is_int(file_make_dirs(deep, 0755, NULL), 0, "those that are there stay");
    test_replace(path);
    test_errors(dir, path);
    is_int(file_make_dirs(path, 0755, NULL), -1, "a file is no folder");
    unlink(path);
    rmdir(deep);
    rmdir(upper);
    is_int(rmdir(dir), 0, "nothing else was made");
    return tap_done();
}
