/* haproxy.cfg and its maps on the disk: what is written, when, and what is put back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lb-template/backup.h"
#include "lb-template/files.h"
#include "lib/clean.h"
#include "lib/file.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static const struct strv nobody;
static char dir[] = "/tmp/berth-test-lb-files-XXXXXX";
static char *cfg_path, *map_path;

struct written {
    struct rendering rendering;
    struct model model;
    struct files_wish wish;
};

/* One backend with a server at 'port', after 'filler' bytes of comment. */
static void want(struct written *w, unsigned port, size_t filler, const char *host)
{
    struct rendering before = w->rendering;
    struct model model_before = w->model;
    struct sbuf text = SBUF_INIT;

    w->rendering = (struct rendering){0};
    sbuf_adds(&text, "#");
    while (text.len < filler)
        sbuf_adds(&text, "x");
    sbuf_adds(&text, "\n");
    rendering_add(&w->rendering, &text, NULL);
    sbuf_addf(&text, "backend b\n server s 1.2.3.4:%u\n", port);
    rendering_add(&w->rendering, &text, "b");
    kvs_add(rendering_map(&w->rendering, map_path), host, "b");
    rendering_stamp_all(&w->rendering, &before);
    w->model = (struct model){0};
    model_from_rendering(&w->model, &w->rendering, &nobody, &model_before);
    rendering_done(&before);
    model_done(&model_before);
    w->wish = (struct files_wish){
        .rendering = &w->rendering, .without = &nobody, .model = &w->model, .socket = "/s"};
}

static bool has(const char *path, const char *text)
{
    CLEAN(free_str) char *content = file_read(path, FILES_MAX, NULL, NULL);

    return content && strstr(content, text);
}

static void test_small(void)
{
    struct files f;
    struct written w = {0};
    double due = -1.;

    files_init(&f, cfg_path);
    ok(!files_exist(&f), "nothing is there");
    want(&w, 80, 0, "h");
    ok(!files_are(&f, &w.wish), "so it is not as wanted");
    is_int(files_write(&f, &w.wish, 100., &due, NULL), 0, "it is written");
    ok(!(due > 0.) && has(cfg_path, ":80\n") && has(map_path, "h b\n"), "at once");
    ok(has(cfg_path, "description berth-structure ") && has(cfg_path, "stats socket /s "),
       "with the mark");
    unlink(map_path);
    files_write(&f, &w.wish, 101., &due, NULL);
    ok(access(map_path, F_OK), "what is known is not looked at");
    files_forget(&f);
    files_write(&f, &w.wish, 102., &due, NULL);
    ok(has(map_path, "h b\n"), "until somebody else may have been there");
    want(&w, 81, 0, "i");
    files_write(&f, &w.wish, 103., &due, NULL);
    ok(has(cfg_path, ":81\n") && has(map_path, "i b\n"), "each change is written");
    files_done(&f);
    rendering_done(&w.rendering);
    model_done(&w.model);
}

static bool same_time(double a, double b)
{
    return a - b < 0.001 && b - a < 0.001;
}

static void test_large(void)
{
    struct files f;
    struct written w = {0};
    double due = -1.;

    files_init(&f, cfg_path);
    want(&w, 82, FILES_SMALL, "h");
    files_write(&f, &w.wish, 200., &due, NULL);
    ok(same_time(due, 200.) && has(cfg_path, ":81\n"), "a large one is put off to the next pass");
    want(&w, 83, FILES_SMALL, "j");
    files_write(&f, &w.wish, 200., &due, NULL);
    ok(!(due > 0.) && has(cfg_path, ":83\n") && has(map_path, "j b\n"), "there it is written");
    want(&w, 84, FILES_SMALL, "j");
    files_write(&f, &w.wish, 200.25, &due, NULL);
    ok(same_time(due, 200. + FILES_LATE), "soon after, it waits");
    want(&w, 85, FILES_SMALL, "j");
    files_write(&f, &w.wish, 200.5, &due, NULL);
    ok(same_time(due, 200. + FILES_LATE) && has(cfg_path, ":83\n"),
       "another change does not put it off any more");
    files_write(&f, &w.wish, due, &due, NULL);
    ok(!(due > 0.) && has(cfg_path, ":85\n"), "then it is written");
    want(&w, 86, FILES_SMALL, "j");
    files_write(&f, &w.wish, 10., &due, NULL);
    ok(same_time(due, 10.), "a clock that is set back does not put it off");
    files_done(&f);
    rendering_done(&w.rendering);
    model_done(&w.model);
}

static void test_failure(void)
{
    CLEAN(free_str) char *blocked = xasprintf("%s.new", cfg_path);
    CLEAN(err) struct err *err = NULL;
    struct files f;
    struct written w = {0};
    double due;

    files_init(&f, cfg_path);
    file_make_dirs(blocked, 0755, NULL);
    want(&w, 86, 0, "k");
    is_int(files_write(&f, &w.wish, 400., &due, &err), -1, "it cannot be written");
    ok(strstr(err_msg(err), "cannot write") && strstr(err_msg(err), cfg_path), "which is said");
    rmdir(blocked);
    is_int(files_write(&f, &w.wish, 401., &due, NULL), 0, "it is tried again");
    ok(has(cfg_path, ":86\n"), "and is there");
    files_done(&f);
    rendering_done(&w.rendering);
    model_done(&w.model);
}

static void test_backup(void)
{
    CLEAN(free_str) char *other = xasprintf("%s/other", dir);
    CLEAN(free_str) char *last = xasprintf("%s.last", cfg_path);
    struct backup b = {0};

    is_int(backup_keep(&b, cfg_path, NULL) || backup_keep(&b, other, NULL), 0, "two are kept");
    file_replace(cfg_path, "new\n", 4, FILES_MODE, NULL);
    file_replace(other, "new\n", 4, FILES_MODE, NULL);
    backup_restore(&b);
    ok(has(cfg_path, ":86\n"), "the old one is back");
    ok(access(other, F_OK), "what was not there has gone");
    backup_keep(&b, cfg_path, NULL);
    backup_restore(&b);
    ok(has(cfg_path, ":86\n") && access(last, F_OK), "also where nothing was replaced");
    backup_keep(&b, cfg_path, NULL);
    file_replace(cfg_path, "new\n", 4, FILES_MODE, NULL);
    backup_drop(&b);
    ok(has(cfg_path, "new\n") && access(last, F_OK), "or the new one stays");
}

int main(void)
{
    if (!mkdtemp(dir))
        return 1;
    cfg_path = xasprintf("%s/haproxy.cfg", dir);
    map_path = xasprintf("%s/hosts.map", dir);
    test_small();
    test_large();
    test_failure();
    test_backup();
    unlink(cfg_path);
    unlink(map_path);
    rmdir(dir);
    free(cfg_path);
    free(map_path);
    return tap_done();
}
