#include "registrator/vmdir.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"
#include "registrator/dirwatch.h"
#include "registrator/vmfile.h"

#define AREA "services.d"

struct vm_dir {
    char *path;
    void (*on_change)(void *arg);
    void *arg;
    struct sync sync;
    struct dir_watch *watch;
    struct vm_file *v; /* sorted by stem */
    size_t n, cap;
    struct kvs texts; /* stem -> what the file said when it was read last */
    struct problems problems;
    bool is_read;
};

static void done(struct vm_dir *d);
static void pass(void *owner);
static void on_event(void *arg);
static int list(const struct vm_dir *d, struct strv *ret_stems, struct problems *problems,
                struct err **err);
static bool read_all(struct vm_dir *d, const struct strv *stems, struct problems *problems);
static bool read_one(struct vm_dir *d, const char *stem, struct problems *problems);
static void take(struct vm_dir *d, const char *stem, const struct vm_services *services);
static bool drop_others(struct vm_dir *d, const struct strv *stems);
static struct vm_file *find(const struct vm_dir *d, const char *stem);
static int compare(const void *a, const void *b);
static void file_done(struct vm_file *f);

struct vm_dir *vm_dir_new(struct ev_loop *loop, const char *path, double resync,
                          void (*on_change)(void *arg), void *arg)
{
    struct vm_dir *d = xcalloc(1, sizeof *d);

    d->path = xstrdup(path);
    d->on_change = on_change;
    d->arg = arg;
    sync_init(&d->sync, loop, AREA, pass, d, resync);
    d->watch = dir_watch_new(loop, path, on_event, d);
    sync_kick(&d->sync);
    return d;
}

void vm_dir_free(struct vm_dir *d)
{
    if (!d)
        return;
    sync_done(&d->sync);
    dir_watch_free(d->watch);
    done(d);
    problems_done(&d->problems);
    free(d);
}

const char *vm_dir_path(const struct vm_dir *d)
{
    return d->path;
}

void vm_dir_set_resync(struct vm_dir *d, double resync)
{
    sync_set_resync(&d->sync, resync);
}

void vm_dir_resync(struct vm_dir *d)
{
    sync_kick(&d->sync);
}

int vm_dir_check(const char *path, struct problems *problems, struct err **err)
{
    struct vm_dir d = {.path = xstrdup(path)};
    struct strv stems = {0};
    int status = list(&d, &stems, problems, err);

    if (!status)
        read_all(&d, &stems, problems);
    strv_done(&stems);
    done(&d);
    return status;
}

const struct vm_file *vm_dir_files(const struct vm_dir *d, size_t *ret_n)
{
    *ret_n = d->n;
    return d->v;
}

bool vm_dir_is_read(const struct vm_dir *d)
{
    return d->is_read;
}

const struct problems *vm_dir_problems(const struct vm_dir *d)
{
    return &d->problems;
}

const struct sync *vm_dir_sync(const struct vm_dir *d)
{
    return &d->sync;
}

/* Frees what has been read. */
static void done(struct vm_dir *d)
{
    for (size_t i = 0; i < d->n; i++)
        file_done(&d->v[i]);
    free(d->v);
    kvs_done(&d->texts);
    free(d->path);
}

/* The watch comes first: what changes while the directory is read calls for another pass. */
static void pass(void *owner)
{
    struct vm_dir *d = owner;
    struct problems problems = {0};
    struct strv stems = {0};
    struct err *err = NULL;
    bool first = !d->is_read;

    dir_watch_renew(d->watch);
    if (list(d, &stems, &problems, &err)) {
        strv_done(&stems);
        problems_done(&problems);
        sync_finish(&d->sync, err);
        return;
    }
    bool changed = read_all(d, &stems, &problems);
    strv_done(&stems);
    d->is_read = true;
    if (problems_report(AREA, &d->problems, &problems) || changed || first)
        d->on_change(d->arg);
    sync_finish(&d->sync, NULL);
}

static void on_event(void *arg)
{
    struct vm_dir *d = arg;

    sync_kick(&d->sync);
}

/* The stems of the directory's files, sorted. No directory is an empty one. */
static int list(const struct vm_dir *d, struct strv *ret_stems, struct problems *problems,
                struct err **err)
{
    DIR *dir = opendir(d->path);
    const struct dirent *entry;

    if (!dir && errno == ENOENT)
        return 0;
    if (!dir)
        return err_set_errno(err, errno, "[registrator] services_dir: cannot read %s", d->path);
    while ((entry = readdir(dir))) {
        char *stem = vmfile_stem(entry->d_name);

        if (stem)
            strv_add_take(ret_stems, stem);
        else if (*entry->d_name != '.' && strstr(entry->d_name, VMFILE_SUFFIX))
            problems_add(problems, entry->d_name,
                         "is not read: a file's name ends in .conf, and has letters, digits, '-', "
                         "'.' and '_' before it, at most 64");
    }
    closedir(dir);
    strv_sort_unique(ret_stems);
    if (ret_stems->n > VMDIR_FILES_MAX)
        problems_add(problems, d->path, "has more than %d files: the rest is left out",
                     VMDIR_FILES_MAX);
    for (; ret_stems->n > VMDIR_FILES_MAX; ret_stems->n--)
        free(ret_stems->v[ret_stems->n - 1]);
    return 0;
}

static bool read_all(struct vm_dir *d, const struct strv *stems, struct problems *problems)
{
    bool changed = drop_others(d, stems);

    for (size_t i = 0; i < stems->n; i++)
        changed = read_one(d, stems->v[i], problems) || changed;
    return changed;
}

/* Returns whether the file's services may differ from before. */
static bool read_one(struct vm_dir *d, const char *stem, struct problems *problems)
{
    CLEAN(err) struct err *err = NULL;
    CLEAN(free_str) char *path = xasprintf("%s/%s" VMFILE_SUFFIX, d->path, stem);
    CLEAN(free_str) char *text = file_read(path, VMFILE_MAX, NULL, &err);
    const char *before = kvs_get(&d->texts, stem);
    struct vm_services services = {0};

    if (text && before && find(d, stem) && !strcmp(before, text))
        return false;
    if (!text || vmfile_parse(text, &services, &err)) {
        problems_add(problems, path, "%s%s", err_msg(err),
                     find(d, stem) ? "; the last good version stays" : "; nothing of it is served");
        return false;
    }
    take(d, stem, &services);
    kvs_set(&d->texts, stem, text);
    return true;
}

/* Takes 'services' over. */
static void take(struct vm_dir *d, const char *stem, const struct vm_services *services)
{
    struct vm_file *f = find(d, stem);

    if (f) {
        vm_services_done(&f->services);
        f->services = *services;
        return;
    }
    d->v = xgrow(d->v, d->n, &d->cap, sizeof *d->v);
    d->v[d->n++] = (struct vm_file){.stem = xstrdup(stem), .services = *services};
    qsort(d->v, d->n, sizeof *d->v, compare);
}

static bool drop_others(struct vm_dir *d, const struct strv *stems)
{
    size_t kept = 0, before = d->n;

    for (size_t i = 0; i < d->n; i++) {
        if (strv_contains(stems, d->v[i].stem)) {
            d->v[kept++] = d->v[i];
            continue;
        }
        kvs_unset(&d->texts, d->v[i].stem);
        file_done(&d->v[i]);
    }
    d->n = kept;
    return kept != before;
}

static struct vm_file *find(const struct vm_dir *d, const char *stem)
{
    for (size_t i = 0; i < d->n; i++)
        if (!strcmp(d->v[i].stem, stem))
            return &d->v[i];
    return NULL;
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct vm_file *)a)->stem, ((const struct vm_file *)b)->stem);
}

static void file_done(struct vm_file *f)
{
    free(f->stem);
    vm_services_done(&f->services);
}
