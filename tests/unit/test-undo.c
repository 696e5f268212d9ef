/* The record of what berth has changed: written, read again, void after another boot. */
#include "portmap/undo.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clean.h"
#include "lib/file.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

/* "28000-29999; docker0 br-1" */
static char *describe(const char *file)
{
    struct undo u;
    struct sbuf text = SBUF_INIT;

    undo_init(&u, file);
    CLEAN(free_str) char *ports = portset_format(&u.reserved);
    CLEAN(free_str) char *names = strv_join(&u.loopback, " ");
    sbuf_addf(&text, "%s; %s", ports, names);
    undo_done(&u);
    return sbuf_take(&text);
}

static void is_record(const char *file, const char *wanted, const char *name)
{
    CLEAN(free_str) char *got = describe(file);

    is_str(got, wanted, "%s", name);
}

static void replace(const char *file, const char *text)
{
    if (file_replace(file, text, strlen(text), 0644, NULL) < 0)
        abort();
}

static void test_notes(const char *file)
{
    struct portset ports = {0}, more = {0};
    struct undo u;

    portset_add(&ports, 28000, 28999);
    portset_add(&more, 28500, 29999);
    undo_init(&u, file);
    ok(access(file, F_OK) < 0, "nothing is written before there is something to say");
    undo_note_reserved(&u, &ports);
    is_record(file, "28000-28999; ", "ports");
    undo_note_reserved(&u, &more);
    undo_note_loopback(&u, "docker0");
    undo_note_loopback(&u, "docker0");
    undo_note_loopback(&u, "br-1");
    is_record(file, "28000-29999; docker0 br-1", "more ports, and interfaces, each once");
    ok(!u.failed, "nothing has failed");
    undo_done(&u);
    undo_init(&u, file);
    undo_note_loopback(&u, "br-2");
    is_record(file, "28000-29999; docker0 br-1 br-2", "the next agent adds to it");
    is_int(undo_forget(&u, NULL), 0, "it can be forgotten");
    is_int(undo_forget(&u, NULL), 0, "... twice");
    undo_done(&u);
    is_record(file, "; ", "then nothing is known");
}

static void test_damage(const char *file)
{
    CLEAN(free_str) char *boot = file_read("/proc/sys/kernel/random/boot_id", 64, NULL, NULL);

    if (!boot)
        abort();
    boot[strcspn(boot, "\n")] = '\0';
    CLEAN(free_str)
    char *odd =
        xasprintf("boot %s\nreserved 5-6,x\nroute_localnet ../../x\nroute_localnet \n"
                  "route_localnet a-name-that-is-too-long\nroute_localnet br-1\nwhat\nx y\n",
                  boot);
    replace(file, odd);
    is_record(file, "5-6; br-1", "what makes no sense is left out");
    replace(file, "boot 0\nreserved 5-6\nroute_localnet br-1\n");
    is_record(file, "; ", "of another boot");
    replace(file, "reserved 5-6\n");
    is_record(file, "; ", "without a boot");
    replace(file, "");
    is_record(file, "; ", "empty");
    unlink(file);
}

static void test_failure(const char *dir)
{
    CLEAN(free_str) char *in_the_way = xasprintf("%s/x", dir);
    CLEAN(free_str) char *file = xasprintf("%s/x/undo", dir);
    struct undo u;

    replace(in_the_way, "");
    undo_init(&u, file);
    undo_note_loopback(&u, "docker0");
    ok(u.failed, "a record that cannot be written is told: %s", err_msg(u.failed));
    undo_retry(&u);
    ok(u.failed, "... as long as it cannot");
    unlink(in_the_way);
    undo_retry(&u);
    ok(!u.failed, "... and no longer");
    is_record(file, "; docker0", "then it is written");
    undo_forget(&u, NULL);
    undo_done(&u);
    rmdir(in_the_way);
    undo_init(&u, NULL);
    undo_note_loopback(&u, "docker0");
    ok(!u.failed, "without a file nothing is recorded, and nothing fails");
    undo_done(&u);
}

int main(void)
{
    char dir[] = "/tmp/berth-test-undo-XXXXXX";

    if (!mkdtemp(dir))
        abort();
    CLEAN(free_str) char *file = xasprintf("%s/state/undo", dir);
    CLEAN(free_str) char *state = xasprintf("%s/state", dir);
    test_notes(file);
    test_damage(file);
    test_failure(dir);
    rmdir(state);
    ok(!rmdir(dir), "nothing is left behind");
    return tap_done();
}
