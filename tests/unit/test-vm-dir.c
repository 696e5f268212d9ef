/* services.d/ as it is written to: the loop runs until what is awaited has come. */
#include "registrator/vmdir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

#define PATIENCE 60. /* seconds until the test gives up */
#define GOOD "[web]\naddress = 10.0.0.1\nport = 80\n"
#define BETTER "[web]\naddress = 10.0.0.1\nport = 81\n"
#define BAD "[web]\naddress = 10.0.0.1\nport = none\n"

static char top[] = "/tmp/test-vm-dir-XXXXXX";
static char *dir;

static void on_change(void *arg)
{
    ev_break(arg, EVBREAK_ALL);
}

static bool late;

static void on_late(struct ev_loop *loop, ev_timer *w, int events)
{
    (void)w;
    (void)events;
    late = true;
    ev_break(loop, EVBREAK_ALL);
}

/* What `berth check` would say of the directory now: so many things, the first of them that. */
static void check(size_t n, const char *first)
{
    struct problems problems = {0};

    ok(!vm_dir_check(dir, &problems, NULL), "the directory can be checked");
    is_int((long long)problems.n, (long long)n, "things that are wrong");
    is_str(problems.n ? problems.v[0].text : "", first, "the first of them");
    problems_done(&problems);
}

static void put(const char *name, const char *text)
{
    CLEAN(free_str) char *path = xasprintf("%s/%s", dir, name);

    ok(!file_replace(path, text, strlen(text), 0644, NULL), "%s is written", name);
}

static void drop(const char *name)
{
    CLEAN(free_str) char *path = xasprintf("%s/%s", dir, name);

    ok(!unlink(path), "%s is removed", name);
}

/* "web.conf web:80; " for each file, then the number of problems. */
static char *show(const struct vm_dir *d)
{
    struct sbuf b = SBUF_INIT;
    size_t n;
    const struct vm_file *v = vm_dir_files(d, &n);

    for (size_t i = 0; i < n; i++)
        sbuf_addf(&b, "%s %s:%u; ", v[i].stem, v[i].services.v[0].name, v[i].services.v[0].port);
    sbuf_addf(&b, "problems %zu", vm_dir_problems(d)->n);
    return sbuf_take(&b);
}

/* Runs the loop until the directory is seen as 'wanted' says. */
static void await(struct ev_loop *loop, const struct vm_dir *d, const char *wanted)
{
    CLEAN(free_str) char *got = show(d);

    while (strcmp(got, wanted) && !late) {
        ev_run(loop, 0);
        free(got);
        got = show(d);
    }
    is_str(got, wanted, "seen as: %s", wanted);
}

int main(void)
{
    struct ev_loop *loop = ev_default_loop(0);
    ev_timer watchdog;

    if (!mkdtemp(top))
        return 99;
    CLEAN(free_str) char *parent = xasprintf("%s/etc", top);
    CLEAN(free_str) char *aside = xasprintf("%s/aside", top);
    dir = xasprintf("%s/services.d", parent);
    ev_timer_init(&watchdog, on_late, PATIENCE, 0.);
    ev_timer_start(loop, &watchdog);
    struct vm_dir *d = vm_dir_new(loop, dir, 0., on_change, loop); /* events alone */
    await(loop, d, "problems 0");
    check(0, "");
    ok(!mkdir(parent, 0755) && !mkdir(dir, 0755), "the directory is made later, with its parent");
    put("web.conf", GOOD);
    await(loop, d, "web web:80; problems 0");
    ok(!rename(dir, aside), "it is moved away");
    await(loop, d, "problems 0");
    ok(!rename(aside, dir), "and back");
    await(loop, d, "web web:80; problems 0");
    put("web.conf", BETTER);
    await(loop, d, "web web:81; problems 0");
    put("web.conf", BAD);
    await(loop, d, "web web:81; problems 1");
    check(1, "line 3: port = \"none\": it must be a port from 1 to 65535; nothing of it is served");
    put("api.conf", BAD);
    await(loop, d, "web web:81; problems 2");
    put("api.conf", GOOD);
    await(loop, d, "api web:80; web web:81; problems 1");
    put("no name.conf", GOOD);
    put("ignored.txt", BAD);
    await(loop, d, "api web:80; web web:81; problems 2");
    drop("no name.conf");
    drop("ignored.txt");
    drop("web.conf");
    await(loop, d, "api web:80; problems 0");
    drop("api.conf");
    await(loop, d, "problems 0");
    vm_dir_free(d);
    ev_timer_stop(loop, &watchdog);
    ok(!rmdir(dir) && !rmdir(parent) && !rmdir(top), "nothing is left");
    free(dir);
    ev_loop_destroy(loop);
    return tap_done();
}
