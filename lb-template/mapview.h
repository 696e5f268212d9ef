/* The maps of one running HAProxy: which are in step, and what the others have. Pure.
 *
 * What HAProxy answers is kept for one look only; after it, a stamp says enough. */
#ifndef LB_TEMPLATE_MAPVIEW_H
#define LB_TEMPLATE_MAPVIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "lb-template/plan.h"
#include "lb-template/rendering.h"

struct mapview {
    char *path;
    uint64_t stamp;   /* of what HAProxy has been brought in step with; 0: none */
    bool asked;       /* in this look */
    bool known;       /* HAProxy uses the map, and 'pairs' is what it has */
    struct kvs pairs; /* sorted by key */
};

struct mapviews {
    struct mapview *v; /* as in the rendering */
    size_t n;
};

/* Appends a question for each map of 'r' that is not in step; for all of them where 'all'. */
void mapviews_ask(struct mapviews *l, const struct rendering *r, bool all,
                  struct strv *ret_commands);

/* Reads the 'n' answers to them. */
int mapviews_read(struct mapviews *l, char *const *answers, size_t n, struct err **err);

/* Adds the commands for those that were asked. 'loaded' as for plan_map(). */
void mapviews_plan(const struct mapviews *l, const struct rendering *r,
                   const struct backends *loaded, struct plan *plan);

/* All of them are as in 'r' now. */
void mapviews_settle(struct mapviews *l, const struct rendering *r);

/* Nothing is in step any more. */
void mapviews_forget(struct mapviews *l);

void mapviews_done(struct mapviews *l);

#endif
