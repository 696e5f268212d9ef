/* The map of host names to backends, as a file and in the running HAProxy. Pure. */
#ifndef LB_TEMPLATE_HOSTMAP_H
#define LB_TEMPLATE_HOSTMAP_H

#include "lb-template/rendering.h"
#include "lb-template/routing.h"

struct hostmap {
    struct rendering_map map;
    uint64_t routing;    /* the routing's stamp that it was made from */
    struct strv without; /* services whose names are left out */
};

/* The empty map of an HAProxy whose files lie in 'dir'. */
void hostmap_init(struct hostmap *h, const char *dir);

/* Brings the map in step with the routes but those of the services in 'without'. */
void hostmap_update(struct hostmap *h, const struct routing *routing, const struct strv *without);

void hostmap_done(struct hostmap *h);

#endif
