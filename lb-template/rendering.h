/* What HAProxy should run: the text of haproxy.cfg in pieces, and the map files beside it.
 *
 * A renderer makes it: from the catalog with a template, from a user's template, from Marathon's
 * apps. The pass brings the running HAProxy in step with it and knows nothing of where it comes
 * from. A piece keeps its stamp while its text is the same, so a change costs what has changed. */
#ifndef LB_TEMPLATE_RENDERING_H
#define LB_TEMPLATE_RENDERING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lb-template/route.h"
#include "lib/err.h"
#include "lib/kv.h"
#include "lib/problem.h"
#include "lib/sbuf.h"
#include "lib/strv.h"

/* One or more whole sections of haproxy.cfg. */
struct rendering_piece {
    char *text; /* ends with a newline, and a NUL that 'len' does not count */
    size_t len;
    uint64_t stamp; /* never used for another text in this process; 0: unknown, always compared */
    char *owner;    /* the service or app that brought it, without which the rest is still good;
                       NULL: nobody in particular */
};

/* A map file that haproxy.cfg names. */
struct rendering_map {
    char *path;       /* absolute, as in haproxy.cfg */
    struct kvs pairs; /* sorted by key; no key twice */
    uint64_t stamp;   /* as for a piece */
};

struct rendering {
    struct rendering_piece *v; /* in file order */
    size_t n, cap;
    struct rendering_map *maps; /* sorted by path */
    size_t n_maps, cap_maps;
    const struct routes *routes; /* what the pieces were made from; borrowed. NULL: unknown, and the
                                    text is all there is to show */
    uint64_t offer; /* stamp of their names, host names and service ports; 0: unknown */
    double next;    /* when it changes without news, in ev_now()'s time; 0: never */
};

struct renderer_input {
    const struct strv *without; /* sorted owners to leave out: HAProxy refuses what they bring. A
                                   piece of one may still be handed over: it is not used, but
                                   another stamp tells that it is worth another try */
    double now;

    /* Can 'port' be opened on this machine? A port that cannot is left out and reported, so that
     * it does not keep the others from being served. */
    int (*probe)(void *arg, unsigned port, struct err **err);
    void *arg;
    struct problems *problems; /* what was odd */
};

/* The first member of every renderer's own struct. */
struct renderer {
    /* What HAProxy should run now. Owned by the renderer, and valid until the next call that
     * returns another one. NULL: there is nothing to render yet, or, with 'err', it failed: the
     * last one stays, and stays valid. */
    const struct rendering *(*render)(struct renderer *r, const struct renderer_input *in,
                                      struct err **err);
};

/* For renderers: appends a piece, whose text is moved out of 'text'. */
void rendering_add(struct rendering *r, struct sbuf *text, const char *owner);

/* The pairs of the map file 'path', which is added where it is missing. Valid until the next call.
 */
struct kvs *rendering_map(struct rendering *r, const char *path);

/* Sorts the maps' pairs and gives everything its stamp: that of 'before' where it is the same. */
void rendering_stamp_all(struct rendering *r, const struct rendering *before);

/* A stamp that has not been used yet in this process. */
uint64_t rendering_stamp(void);

/* The map with that path, or NULL. */
const struct rendering_map *rendering_find_map(const struct rendering *r, const char *path);

void rendering_done(struct rendering *r);

/* For who uses it: is the piece left out, 'without' its owner? */
bool rendering_leaves_out(const struct rendering_piece *p, const struct strv *without);

/* Appends the map as the text of its file. */
void rendering_map_text(const struct rendering_map *m, struct sbuf *out);

/* Bytes of all of it, about. */
size_t rendering_size(const struct rendering *r);

/* The owner of the piece in which that line of haproxy.cfg stands, counted from 1; or NULL. */
const char *rendering_owner_at(const struct rendering *r, const struct strv *without, size_t line);

#endif
