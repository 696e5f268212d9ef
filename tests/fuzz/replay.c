/* Runs a fuzz target over each file of its corpus: tests/fuzz/corpus/<name of the target>. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "tests/fuzz/fuzz.h"
#include "tests/tap.h"

int main(int argc, char **argv)
{
    const char *base = strrchr(argv[0], '/');
    const char *name = base ? base + 1 : argv[0];
    CLEAN(free_str) char *dir = xasprintf("fuzz/corpus/%s", name);
    struct dirent **entries = NULL;

    (void)argc;
    int n = scandir(tests_path(dir), &entries, NULL, alphasort);
    unsigned replayed = 0;
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] != '.') {
            CLEAN(free_str) char *path = xasprintf("%s/%s", dir, entries[i]->d_name);
            size_t len;
            CLEAN(free_str) char *data = tests_read(path, &len);

            /* An exact copy, so that the sanitizer sees a read past the end. */
            uint8_t *bytes = xmalloc(len);
            memcpy(bytes, data, len);
            LLVMFuzzerTestOneInput(bytes, len);
            free(bytes);
            ok(true, "%s survives %s", name, entries[i]->d_name);
            replayed++;
        }
        free(entries[i]);
    }
    free(entries);
    ok(replayed > 0, "the corpus of %s has files", name);
    return tap_done();
}
