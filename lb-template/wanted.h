/* What HAProxy should run: catalog -> routes -> text -> parsed text. Pure, but for the question
 * whether a port can be opened, which the caller answers. */
#ifndef LB_TEMPLATE_WANTED_H
#define LB_TEMPLATE_WANTED_H

#include <stdbool.h>

#include "lb-template/cfg.h"
#include "lb-template/lingering.h"
#include "lb-template/render.h"
#include "lb-template/route.h"
#include "lib/err.h"
#include "lib/kv.h"
#include "lib/problem.h"

struct wanted {
    struct routes routes;
    char *cfg_text, *map_text;
    struct haproxy_cfg cfg; /* 'cfg_text' parsed */
    struct kvs map;         /* 'map_text' as pairs, sorted by key */
    double next;            /* when it changes without a new catalog; 0: it does not */
};

struct wanted_input {
    const struct instances *catalog;
    const struct render_config *render;
    const struct route_rules *rules;
    double now;

    /* Can 'port' be opened? A port that cannot is left out and reported, so that it does not keep
     * the others from being served. */
    int (*probe)(void *arg, unsigned port, struct err **err);
    void *arg;
};

/* Fills '*ret', which is zeroed. 'linger' is kept from call to call. */
void wanted_make(const struct wanted_input *in, struct lingering *linger, struct wanted *ret,
                 struct problems *problems);

void wanted_done(struct wanted *w);

#endif
