#include "lb-template/files.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clean.h"
#include "lib/file.h"
#include "lib/file_writer.h"
#include "lib/xmalloc.h"

#define WRITE_SIZE 65536 /* bytes that are written at once, about */

static bool put_off(struct files *f, double now, double *ret_due);
static bool maps_are(struct files *f, const struct rendering *r);
static bool is_written(const char *path, const struct files_wish *w);
static bool goes_on(const char *there, size_t len, size_t *at, const char *text, size_t n);
static bool has_content(const char *path, const char *content);
static int write_changed(struct files *f, const struct files_wish *w, bool small, struct err **err);
static int write_map(const struct rendering_map *m, bool small, struct err **err);
static int write_some(struct file_writer *out, struct sbuf *text, size_t limit, struct err **err);
static void follow(struct files *f, const struct rendering *r);

void files_init(struct files *f, const char *cfg_path)
{
    *f = (struct files){.cfg_path = xstrdup(cfg_path)};
}

void files_done(struct files *f)
{
    files_forget(f);
    free(f->cfg_path);
    f->cfg_path = NULL;
}

void files_forget(struct files *f)
{
    model_done(&f->cfg);
    free(f->stamps);
    f->stamps = NULL;
    f->n_stamps = 0;
}

bool files_exist(const struct files *f)
{
    return !access(f->cfg_path, R_OK);
}

void files_read(const struct files *f, struct model *ret)
{
    CLEAN(free_str) char *text = file_read(f->cfg_path, FILES_MAX, NULL, NULL);

    model_from_text(ret, text ? text : "");
}

bool files_are(struct files *f, const struct files_wish *w)
{
    if (!maps_are(f, w->rendering))
        return false;
    if (f->cfg.n)
        return model_same(&f->cfg, w->model);
    if (!is_written(f->cfg_path, w))
        return false;
    model_copy(&f->cfg, w->model);
    return true;
}

int files_write(struct files *f, const struct files_wish *w, double now, double *ret_due,
                struct err **err)
{
    bool small = rendering_size(w->rendering) <= FILES_SMALL;

    *ret_due = 0.;
    /* What is put off and not known need not be read a second time. */
    bool known = f->cfg.n || !(f->dirty_since > 0.);
    if (known && files_are(f, w)) {
        f->dirty_since = 0.;
        return 0;
    }
    if (!small && put_off(f, now, ret_due))
        return 0;
    if (write_changed(f, w, small, err))
        return -1;
    f->dirty_since = 0.;
    f->written = now;
    return 0;
}

int files_write_all(const char *cfg_path, const struct files_wish *w, struct err **err)
{
    for (size_t i = 0; i < w->rendering->n_maps; i++)
        if (write_map(&w->rendering->maps[i], true, err))
            return -1;
    return files_write_cfg(cfg_path, w, true, err);
}

int files_write_cfg(const char *path, const struct files_wish *w, bool sync, struct err **err)
{
    const struct rendering *r = w->rendering;
    CLEAN(file_writer) struct file_writer *out = file_writer_new(path, FILES_MODE, err);
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    if (!out)
        return -1;
    for (size_t i = 0; i < r->n; i++) {
        if (rendering_leaves_out(&r->v[i], w->without))
            continue;
        sbuf_add(&text, r->v[i].text, r->v[i].len);
        if (write_some(out, &text, WRITE_SIZE, err))
            return -1;
    }
    haproxy_cfg_add_mark(w->model->structure, w->socket, &text);
    if (write_some(out, &text, 0, err))
        return -1;
    return sync ? file_writer_commit(TAKE_PTR(out), err)
                : file_writer_commit_unsynced(TAKE_PTR(out), err);
}

int files_make_maps(const struct rendering *r, struct err **err)
{
    for (size_t i = 0; i < r->n_maps; i++)
        if (access(r->maps[i].path, F_OK) && write_map(&r->maps[i], true, err))
            return -1;
    return 0;
}

/* The commands of the pass that has made the change go first: it is written in a pass of its own,
 * the next one after quiet, later where the last write was less than FILES_LATE seconds ago. */
static bool put_off(struct files *f, double now, double *ret_due)
{
    bool is_new = !(f->dirty_since > 0.) || f->dirty_since > now; /* or the clock was set back */

    if (is_new)
        f->dirty_since = now;
    if (f->written > now)
        f->written = 0.;
    double due = f->written + FILES_LATE;
    if (!is_new && now >= due)
        return false;
    *ret_due = due > now ? due : now;
    return true;
}

static bool maps_are(struct files *f, const struct rendering *r)
{
    follow(f, r);
    for (size_t i = 0; i < r->n_maps; i++) {
        if (!f->stamps[i] && !(f->dirty_since > 0.)) {
            CLEAN(sbuf) struct sbuf text = SBUF_INIT;

            rendering_map_text(&r->maps[i], &text);
            if (has_content(r->maps[i].path, sbuf_str(&text)))
                f->stamps[i] = r->maps[i].stamp;
        }
        if (!f->stamps[i] || f->stamps[i] != r->maps[i].stamp)
            return false;
    }
    return true;
}

/* Is it what files_write_cfg() would write? */
static bool is_written(const char *path, const struct files_wish *w)
{
    const struct rendering *r = w->rendering;
    CLEAN(sbuf) struct sbuf end = SBUF_INIT;
    size_t len, at = 0;
    CLEAN(free_str) char *there = file_read(path, FILES_MAX, &len, NULL);

    for (size_t i = 0; there && i < r->n; i++)
        if (!rendering_leaves_out(&r->v[i], w->without) &&
            !goes_on(there, len, &at, r->v[i].text, r->v[i].len))
            return false;
    haproxy_cfg_add_mark(w->model->structure, w->socket, &end);
    return there && goes_on(there, len, &at, end.data, end.len) && at == len;
}

/* Stands 'text' at '*at'? If so, it is passed. */
static bool goes_on(const char *there, size_t len, size_t *at, const char *text, size_t n)
{
    if (n > len - *at || memcmp(there + *at, text, n))
        return false;
    *at += n;
    return true;
}

static bool has_content(const char *path, const char *content)
{
    CLEAN(free_str) char *there = file_read(path, FILES_MAX, NULL, NULL);

    return there && !strcmp(there, content);
}

static int write_changed(struct files *f, const struct files_wish *w, bool small, struct err **err)
{
    const struct rendering *r = w->rendering;

    follow(f, r);
    for (size_t i = 0; i < r->n_maps; i++) {
        if (f->stamps[i] && f->stamps[i] == r->maps[i].stamp)
            continue;
        if (write_map(&r->maps[i], small, err))
            return -1;
        f->stamps[i] = r->maps[i].stamp;
    }
    if (f->cfg.n && model_same(&f->cfg, w->model))
        return 0;
    if (files_write_cfg(f->cfg_path, w, small, err))
        return -1;
    model_copy(&f->cfg, w->model);
    return 0;
}

static int write_map(const struct rendering_map *m, bool small, struct err **err)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    rendering_map_text(m, &text);
    return small ? file_replace(m->path, sbuf_str(&text), text.len, FILES_MODE, err)
                 : file_replace_unsynced(m->path, sbuf_str(&text), text.len, FILES_MODE, err);
}

/* Writes 'text', and empties it, where it has more than 'limit' bytes. */
static int write_some(struct file_writer *out, struct sbuf *text, size_t limit, struct err **err)
{
    if (text->len <= limit)
        return 0;
    if (file_writer_add(out, text->data, text->len, err))
        return -1;
    sbuf_clear(text);
    return 0;
}

/* The stamps belong to the maps by their place; other maps, or another order, are read again. */
static void follow(struct files *f, const struct rendering *r)
{
    if (f->n_stamps == r->n_maps)
        return;
    free(f->stamps);
    f->stamps = xcalloc(r->n_maps, sizeof *f->stamps);
    f->n_stamps = r->n_maps;
}
