#include "lb-template/patched.h"

#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

static void add_kept(struct rendering *to, const struct ban *ban);

void patched_without(const struct bans *bans, const struct strv *without, struct strv *ret)
{
    for (size_t i = 0; i < without->n; i++)
        if (!bans_kept(bans, without->v[i]))
            strv_add(ret, without->v[i]);
}

void patched_make(struct patched *p, const struct rendering *r, const struct bans *bans,
                  const struct strv *without)
{
    struct rendering *to = &p->rendering;

    patched_done(p);
    patched_without(bans, without, &p->without);
    for (size_t i = 0; i < r->n; i++) {
        bool banned = rendering_leaves_out(&r->v[i], without);
        const struct ban *ban = banned ? bans_kept(bans, r->v[i].owner) : NULL;

        if (ban) {
            add_kept(to, ban);
            continue;
        }
        to->v = xgrow(to->v, to->n, &to->cap, sizeof *to->v);
        to->v[to->n++] = r->v[i];
    }
    to->maps = r->maps;
    to->n_maps = r->n_maps;
    to->routes = r->routes;
    to->next = r->next;
}

void patched_done(struct patched *p)
{
    free(p->rendering.v);
    p->rendering = (struct rendering){0};
    strv_done(&p->without);
}

/* Once, however many pieces the owner has now. */
static void add_kept(struct rendering *to, const struct ban *ban)
{
    for (size_t i = 0; i < to->n; i++)
        if (to->v[i].stamp == ban->kept_stamp)
            return;
    to->v = xgrow(to->v, to->n, &to->cap, sizeof *to->v);
    to->v[to->n++] = (struct rendering_piece){
        .text = ban->kept, .len = strlen(ban->kept), .stamp = ban->kept_stamp, .owner = ban->owner};
}
