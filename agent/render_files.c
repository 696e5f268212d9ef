#include "agent/render_files.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

struct watched {
    struct render_files *files;
    char *path;
    bool used;
    ev_stat stat;
};

struct render_files {
    struct ev_loop *loop;
    void (*on_change)(void *arg, const char *path);
    void *arg;
    struct watched **v;
    size_t n, cap;
};

static void on_stat(struct ev_loop *loop, ev_stat *s, int events);
static void drop(struct render_files *f, size_t i);

struct render_files *render_files_new(struct ev_loop *loop,
                                      void (*on_change)(void *arg, const char *path), void *arg)
{
    struct render_files *f = xcalloc(1, sizeof *f);

    *f = (struct render_files){.loop = loop, .on_change = on_change, .arg = arg};
    return f;
}

void render_files_free(struct render_files *f)
{
    if (!f)
        return;
    while (f->n)
        drop(f, f->n - 1);
    free(f->v);
    free(f);
}

void render_files_begin(struct render_files *f)
{
    for (size_t i = 0; i < f->n; i++)
        f->v[i]->used = false;
}

void render_files_use(struct render_files *f, const char *path)
{
    for (size_t i = 0; i < f->n; i++)
        if (!strcmp(f->v[i]->path, path)) {
            f->v[i]->used = true;
            return;
        }
    struct watched *w = xcalloc(1, sizeof *w);
    *w = (struct watched){.files = f, .path = xstrdup(path), .used = true};
    ev_stat_init(&w->stat, on_stat, w->path, 0.);
    w->stat.data = w;
    ev_stat_start(f->loop, &w->stat);
    f->v = xgrow(f->v, f->n, &f->cap, sizeof *f->v);
    f->v[f->n++] = w;
}

void render_files_end(struct render_files *f)
{
    for (size_t i = f->n; i-- > 0;)
        if (!f->v[i]->used)
            drop(f, i);
}

static void on_stat(struct ev_loop *loop, ev_stat *s, int events)
{
    const struct watched *w = s->data;

    (void)loop;
    (void)events;
    w->files->on_change(w->files->arg, w->path);
}

static void drop(struct render_files *f, size_t i)
{
    struct watched *w = f->v[i];

    ev_stat_stop(f->loop, &w->stat);
    free(w->path);
    free(w);
    f->v[i] = f->v[--f->n];
}
