#include "lb-template/rendering.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

#define MAP_LINE_ABOUT 40 /* bytes of a host name and its backend */
#define LOOK_AHEAD 16     /* pieces that may have gone in between and still be found */

static const struct rendering_piece *same_piece(const struct rendering *before, size_t *next,
                                                const struct rendering_piece *p);
static bool owner_equal(const char *a, const char *b);
static int owner_cmp(const void *key, const void *member);

void rendering_add(struct rendering *r, struct sbuf *text, const char *owner)
{
    struct rendering_piece p = {.len = text->len, .owner = owner ? xstrdup(owner) : NULL};

    p.text = sbuf_take(text);
    r->v = xgrow(r->v, r->n, &r->cap, sizeof *r->v);
    r->v[r->n++] = p;
}

struct kvs *rendering_map(struct rendering *r, const char *path)
{
    size_t at = 0;

    while (at < r->n_maps && strcmp(r->maps[at].path, path) < 0)
        at++;
    if (at < r->n_maps && !strcmp(r->maps[at].path, path))
        return &r->maps[at].pairs;
    r->maps = xgrow(r->maps, r->n_maps, &r->cap_maps, sizeof *r->maps);
    memmove(r->maps + at + 1, r->maps + at, (r->n_maps++ - at) * sizeof *r->maps);
    r->maps[at] = (struct rendering_map){.path = xstrdup(path)};
    return &r->maps[at].pairs;
}

void rendering_stamp_all(struct rendering *r, const struct rendering *before)
{
    size_t next = 0;

    for (size_t i = 0; i < r->n; i++) {
        const struct rendering_piece *same = same_piece(before, &next, &r->v[i]);

        r->v[i].stamp = same ? same->stamp : rendering_stamp();
    }
    for (size_t i = 0; i < r->n_maps; i++) {
        struct rendering_map *m = &r->maps[i];
        const struct rendering_map *old = rendering_find_map(before, m->path);

        kvs_sort(&m->pairs);
        m->stamp = old && kvs_equal(&old->pairs, &m->pairs) ? old->stamp : rendering_stamp();
    }
}

uint64_t rendering_stamp(void)
{
    static uint64_t last;

    return ++last;
}

const struct rendering_map *rendering_find_map(const struct rendering *r, const char *path)
{
    for (size_t i = 0; i < r->n_maps; i++)
        if (!strcmp(r->maps[i].path, path))
            return &r->maps[i];
    return NULL;
}

void rendering_done(struct rendering *r)
{
    for (size_t i = 0; i < r->n; i++) {
        free(r->v[i].text);
        free(r->v[i].owner);
    }
    for (size_t i = 0; i < r->n_maps; i++) {
        free(r->maps[i].path);
        kvs_done(&r->maps[i].pairs);
    }
    free(r->v);
    free(r->maps);
    *r = (struct rendering){0};
}

bool rendering_leaves_out(const struct rendering_piece *p, const struct strv *without)
{
    return p->owner && without->n &&
           bsearch(p->owner, without->v, without->n, sizeof *without->v, owner_cmp);
}

void rendering_map_text(const struct rendering_map *m, struct sbuf *out)
{
    for (size_t i = 0; i < m->pairs.n; i++) {
        sbuf_adds(out, m->pairs.v[i].key);
        sbuf_addch(out, ' ');
        sbuf_adds(out, m->pairs.v[i].value);
        sbuf_addch(out, '\n');
    }
}

size_t rendering_size(const struct rendering *r)
{
    size_t size = 0;

    for (size_t i = 0; i < r->n; i++)
        size += r->v[i].len;
    for (size_t i = 0; i < r->n_maps; i++)
        size += r->maps[i].pairs.n * MAP_LINE_ABOUT;
    return size;
}

const char *rendering_owner_at(const struct rendering *r, const struct strv *without, size_t line)
{
    size_t lines = 0;

    for (size_t i = 0; i < r->n; i++) {
        const struct rendering_piece *p = &r->v[i];

        if (rendering_leaves_out(p, without))
            continue;
        for (const char *c = p->text; (c = strchr(c, '\n')); c++)
            lines++;
        if (line <= lines)
            return p->owner;
    }
    return NULL;
}

/* The piece of 'before' with that owner and text, a little way on from 'next'; most stay where they
 * were. One that is not found costs a comparison, no more. */
static const struct rendering_piece *same_piece(const struct rendering *before, size_t *next,
                                                const struct rendering_piece *p)
{
    for (size_t i = *next; i < before->n && i < *next + LOOK_AHEAD; i++) {
        const struct rendering_piece *old = &before->v[i];

        if (!owner_equal(old->owner, p->owner))
            continue;
        *next = i + 1;
        return old->len == p->len && !memcmp(old->text, p->text, p->len) ? old : NULL;
    }
    return NULL;
}

static bool owner_equal(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

static int owner_cmp(const void *key, const void *member)
{
    char *const *owner = member;

    return strcmp(key, *owner);
}
