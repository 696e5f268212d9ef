#include "lb-template/rendering.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

#define LOOK_AHEAD 16 /* pieces that may have gone in between and still be found */

static const struct rendering_piece *same_piece(const struct rendering *before, size_t *next,
                                                const struct rendering_piece *p);
static bool owner_equal(const char *a, const char *b);

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
