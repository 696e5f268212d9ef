/* Files with secrets: whose they are, and who else can touch them. */
#include "lib/secret.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

#define OTHER_USER 65534

static const struct {
    mode_t mode;
    bool good;
} modes[] = {
    {0600, true},  {0400, true},  {0640, true},  {0440, true},  {0700, true},  {0644, false},
    {0604, false}, {0602, false}, {0660, false}, {0620, false}, {0666, false}, {0601, false},
};

static void test_modes(const char *path)
{
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        CLEAN(err) struct err *err = NULL;
        size_t len = 0;

        chmod(path, modes[i].mode);
        CLEAN(free_str) char *text = secret_read(path, 64, &len, &err);
        ok((text != NULL) == modes[i].good, "mode %04o", (unsigned)modes[i].mode);
        is_int(secret_check(path, NULL), modes[i].good ? 0 : -1, "... looked at only");
        if (text)
            ok(!strcmp(text, "secret\n") && len == 7, "... and what it has");
        else
            ok(strstr(err_msg(err), "chmod g-w,o= ") && strstr(err_msg(err), path) &&
                   !strstr(err_msg(err), "secret\n"),
               "... and what to do: %s", err_msg(err));
    }
    chmod(path, 0600);
}

static void test_size(const char *path)
{
    CLEAN(err) struct err *err = NULL;
    char *text = secret_read(path, 6, NULL, &err);

    ok(!text && err_code(err) == EFBIG, "too long a file");
}

static void test_link(const char *dir, const char *path)
{
    CLEAN(free_str) char *link = xasprintf("%s/link", dir);

    if (symlink("..data/../secret", link) < 0)
        abort();
    is_int(secret_check(link, NULL), -1, "a link that leads nowhere");
    unlink(link);
    if (symlink("secret", link) < 0)
        abort();
    is_int(secret_check(link, NULL), 0, "a link is followed");
    chmod(path, 0644);
    is_int(secret_check(link, NULL), -1, "... and what it leads to is looked at");
    chmod(path, 0600);
    unlink(link);
}

static void test_others(const char *dir, const char *path)
{
    CLEAN(free_str) char *fifo = xasprintf("%s/fifo", dir);
    CLEAN(free_str) char *nothing = xasprintf("%s/nothing", dir);
    CLEAN(err) struct err *missing = NULL, *pipe = NULL, *foreign = NULL;

    is_int(secret_check(nothing, &missing), -1, "a file that is not there");
    is_int(err_code(missing), ENOENT, "... is told from others");
    if (mkfifo(fifo, 0600))
        abort();
    is_int(secret_check(fifo, &pipe), -1, "a FIFO, which is not waited for");
    unlink(fifo);
    is_int(secret_check(dir, NULL), -1, "a directory");
    if (chown(path, OTHER_USER, OTHER_USER)) {
        ok(true, "only root can give a file away # SKIP");
        return;
    }
    is_int(secret_check(path, &foreign), -1, "another user's file");
    ok(strstr(err_msg(foreign), "uid 65534") != NULL, "... which is said: %s", err_msg(foreign));
}

static void test_argument(void)
{
    char argument[] = "--user=name:password";
    CLEAN(free_str) char *taken = secret_take_argument(argument + 7);

    is_str(taken, "name:password", "a secret in an argument is taken out");
    is_str(argument, "--user=xxxxxxxxxxxxx", "... and is not there any more");
}

int main(void)
{
    char dir[] = "/tmp/berth-test-secret-XXXXXX";

    if (!mkdtemp(dir))
        abort();
    CLEAN(free_str) char *path = xasprintf("%s/secret", dir);
    if (file_replace(path, "secret\n", 7, 0600, NULL))
        abort();
    test_argument();
    test_modes(path);
    test_size(path);
    test_link(dir, path);
    test_others(dir, path);
    unlink(path);
    rmdir(dir);
    return tap_done();
}
